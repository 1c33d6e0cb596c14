extension String {
  /// The path of the folder that a path is in, as written: empty for a name alone, `/` for what is in the
  /// root.
  ///
  /// Foundation's own ends the program at a name of one letter.
  package var parentPath: String {
    let path = reversed().drop { $0 == "/" }.drop { $0 != "/" }
    let parent = String(String(path.drop { $0 == "/" }).reversed())
    return parent.isEmpty && !path.isEmpty ? "/" : parent
  }
}
