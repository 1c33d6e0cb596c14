import Distill
import Foundation

/// The file `certificate.json`.
package enum CertificateFile {
  package static let name = "certificate.json"
  package static let page = "certificate.html"

  /// The certificate with the hash of all that it says.
  package static func sealed(_ certificate: Certificate) throws -> Certificate {
    var sealed = certificate
    sealed.seal = try seal(of: certificate)
    return sealed
  }

  /// The file that is meant by its own path, or by that of the folder that it is in.
  package static func file(_ path: String) -> String {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return isFolder.boolValue ? "\(path)/\(name)" : path
  }

  /// Reads a certificate and checks that nothing in it was changed.
  ///
  /// - Throws: `RunError` in one sentence that names the file.
  package static func read(_ path: String) throws -> Certificate {
    let file = file(path)
    guard FileManager.default.fileExists(atPath: file) else { throw isMissing(file) }
    let data = try RegularFile.data(URL(fileURLWithPath: file))
    let certificate: Certificate
    do {
      certificate = try Certificate(json: data)
    } catch {
      throw RunError("'\(file)': \(error)")
    }
    guard certificate.seal == (try seal(of: certificate)) else { throw wasChanged(file) }
    try requireRecipe(certificate.provenance, of: file)
    return certificate
  }

  static func isMissing(_ file: String) -> RunError {
    RunError("there is no certificate '\(file)': make one with distill certify RUN")
  }

  static func wasChanged(_ file: String) -> RunError {
    RunError("'\(file)' was changed after it was written: its seal does not fit it")
  }

  static func requireRecipe(_ provenance: Provenance, of file: String) throws {
    guard SHA256.hash(of: provenance.recipe) == provenance.recipeSHA256 else {
      throw RunError("'\(file)' has another recipe than the one that its hash is of")
    }
  }

  private static func seal(of certificate: Certificate) throws -> String {
    var bare = certificate
    bare.seal = nil
    var hash = SHA256()
    hash.update(try bare.json())
    return hash.finalize()
  }
}

extension SHA256 {
  /// The hash of a text in UTF-8.
  package static func hash(of text: String) -> String {
    var hash = SHA256()
    hash.update(Data(text.utf8))
    return hash.finalize()
  }
}

extension Provenance.Content {
  /// One file.
  ///
  /// - Throws: `RunError` when it cannot be read, as a folder.
  package init(_ file: URL) throws {
    self.init(
      name: file.lastPathComponent,
      bytes: HashedFiles.byteCount(of: file),
      sha256: try SHA256.hash(of: file)
    )
  }

  package init(_ files: HashedFiles) {
    self.init(name: files.path, bytes: files.bytes, sha256: files.sha256)
  }

  /// The executable file of this program.
  ///
  /// - Throws: `RunError` when the system does not say where it is.
  package static func program() throws -> Provenance.Content {
    guard let path = Bundle.main.executablePath else {
      throw RunError("the system does not say where this program's file is")
    }
    var content = Self(try HashedFiles(path))
    content.name = URL(fileURLWithPath: path).lastPathComponent
    return content
  }

  /// The same where a folder was moved with all that is in it: beside another file.
  func beside(_ other: URL) -> Provenance.Content {
    let own = URL(fileURLWithPath: name)
    let place = other.deletingLastPathComponent().appendingPathComponent(own.lastPathComponent)
    guard !FileManager.default.fileExists(atPath: name),
      FileManager.default.fileExists(atPath: place.path)
    else { return self }
    var content = self
    content.name = place.path
    return content
  }

  /// - Throws: `RunError` when the content is another one now.
  package func requireUnchanged() throws {
    try HashedFiles(path: name, files: 1, bytes: bytes, sha256: sha256).requireUnchanged()
  }
}
