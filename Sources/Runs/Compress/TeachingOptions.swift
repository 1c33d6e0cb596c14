import Distill

/// What is asked of a teacher and of data, whatever is then done with both.
package protocol TeachingOptions {
  var teacherCommand: String? { get set }
  var teacherProgram: ProgramTeacher.Settings { get set }
  var teacherModel: String? { get set }
  var renames: [String] { get set }
  var output: String? { get set }
  var data: DataSource { get set }
  var areReals: Bool { get set }
  var task: CompressionTask? { get set }
  var normalize: String? { get set }
}

extension CompressOptions: TeachingOptions {}

extension ObserveOptions: TeachingOptions {}

extension TeachingOptions {
  /// Takes what models say of an example, as recipes have it: of real numbers ``areReals``, of classes
  /// nothing.
  package mutating func take(_ asked: CompressionTask?) {
    areReals = asked == .regression
    task = asked == .labels || asked == .embeddings ? asked : nil
  }
}
