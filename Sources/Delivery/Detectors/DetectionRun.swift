// `kinglet detect`: what a detector finds in photographs, drawn and listed.

import Blob
import Compiler
import Datasets
import Detection
import Files
import Foundation
import Intake
import ModelGraph
import ModelLoading

/// What `detect` found.
public struct DetectionReport: Codable, PrintableReport, Sendable {
  public static let reportName = "detection"

  public struct Photograph: Codable, Sendable {
    /// Path of the photograph.
    public var file: String
    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int
    /// What the blob finds, the surest first.
    public var objects: [ObjectReport]
    /// What the teacher finds; nil without one.
    public var teacherObjects: [ObjectReport]?
    /// The picture that was drawn.
    public var drawn: String
  }

  /// Confidence below which boxes are passed over, 0 to 1.
  public var threshold: Float
  /// Intersection over union above which two boxes of a class are one, 0 to 1.
  public var overlap: Float
  /// How photographs are made as large as the input: `stretch` both sides, or `letterbox` with borders.
  public var fit: ImageFit.Method
  /// What was found in each, in order.
  public var photographs: [Photograph]

  public var text: String {
    let objects = photographs.reduce(0) { $0 + $1.objects.count }
    let teachers = photographs.compactMap(\.teacherObjects)
    let beside = teachers.isEmpty ? "" : ", the teacher \(teachers.reduce(0) { $0 + $1.count })"
    let count = "\(photographs.count) photograph\(photographs.count == 1 ? "" : "s")"
    return "\(count): \(objects) object\(objects == 1 ? "" : "s") above \(threshold)\(beside)\n"
      + photographs.map(\.drawn).joined(separator: "\n")
  }
}

public enum DetectionRun {
  /// Finds objects in photographs and draws them, a PNG each.
  ///
  /// - Parameters:
  ///   - path: a blob or a model.
  ///   - images: a folder of photographs, or one; how they are made ready.
  ///   - teacher: a model, whose findings are drawn on the left.
  ///   - names: a file of the classes' names.
  ///   - folder: where the pictures go; it is made.
  public static func detect(
    _ path: String, axes: ModelAxes = [:], images: DataOptions, teacher: String?, limits: DetectionLimits,
    names: String?, to folder: String, threads: Int
  ) throws(CompilerError) -> DetectionReport {
    guard teacher == nil || axes.isEmpty || !Inspection.isModel(path) else {
      throw .usage(
        reason: "what a file leaves open is said of one model, and \(path) is one beside --teacher: give a blob, or "
          + "models that need no such options")
    }
    let taught = try teacher.map { path throws(CompilerError) in
      try opening { () throws(IntakeError) in try Teacher.load(path, axes: axes).inNumbers }
    }
    let detector = try opened(
      path, axes: teacher == nil ? axes : [:], teacher: taught, images, limits.classes, threads)
    let other = try taught.map { graph throws(CompilerError) in
      try Detector(model: graph, teacher ?? "", options: following(images, detector), classes: detector.countedClasses, threads: threads)
    }
    let paths = try opening { () throws(IntakeError) in try PhotographFiles.paths(images.path) }
    let named = try names.map { path throws(CompilerError) in
      try opening { () throws(IntakeError) in try PhotographFiles.classNames(path, count: detector.classCount) }
    }
    try CFiles.makeFolder(folder)
    var report = DetectionReport(
      threshold: limits.threshold, overlap: limits.overlap, fit: detector.fit.method, photographs: [])
    for part in chunks(paths) {
      let pictures = try load(part)
      let found = try detector.objects(in: pictures, limits)
      let teachers = try other?.objects(in: pictures, limits)
      for (index, picture) in pictures.enumerated() {
        func reports(_ objects: [DetectedObject]) -> [ObjectReport] {
          objects.map { ObjectReport($0, named, in: picture) }
        }
        let one = DetectionReport.Photograph(
          file: part[index], width: picture.width, height: picture.height, objects: reports(found[index]),
          teacherObjects: teachers.map { reports($0[index]) }, drawn: drawing(of: part[index], among: paths, folder))
        try draw(one, on: picture)
        report.photographs.append(one)
      }
    }
    return report
  }

  private static func opened(
    _ path: String, axes: ModelAxes, teacher: Graph?, _ options: DataOptions, _ classes: [Int]?,
    _ threads: Int
  ) throws(CompilerError) -> Detector {
    if Inspection.isModel(path) {
      let graph = try opening { () throws(IntakeError) in try Teacher.load(path, axes: axes, as: .network).inNumbers }
      return try Detector(model: graph, path, options: options, classes: classes, threads: threads)
    }
    guard axes.isEmpty else { throw .usage(reason: "\(ModelAxes.options) are for models, and \(path) is a blob") }
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    return try Detector(
      blob: blob, path, teacher: teacher, options: options, classes: classes, threads: threads)
  }

  /// A teacher is given photographs as its edge is.
  static func following(_ options: DataOptions, _ detector: Detector) -> DataOptions {
    var options = options
    options.fit = detector.fit.method
    return options
  }

  static func load(_ paths: [String]) throws(CompilerError) -> [Photograph] {
    try opening { () throws(IntakeError) in
      try paths.map { path throws(IntakeError) in try PhotographFiles.load(path) }
    }
  }

  static func chunks(_ paths: [String]) -> [[String]] {
    stride(from: 0, to: paths.count, by: Detector.batch).map { Array(paths[$0..<min($0 + Detector.batch, paths.count)]) }
  }

  /// `FOLDER/NAME.png`; where photographs differ in their endings alone, these stay.
  private static func drawing(of path: String, among paths: [String], _ folder: String) -> String {
    func stem(_ path: String) -> String { URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent }
    let own = stem(path)
    let isSole = paths.count { stem($0) == own } == 1
    let name = isSole ? own : URL(fileURLWithPath: path).lastPathComponent
    return "\(folder.hasSuffix("/") ? String(folder.dropLast()) : folder)/\(name).png"
  }

  private static func draw(_ report: DetectionReport.Photograph, on photograph: Photograph) throws(CompilerError) {
    var edge = Canvas(photograph)
    edge.draw(report.objects, of: report.teacherObjects == nil ? nil : "edge")
    var picture = edge.photograph
    if let objects = report.teacherObjects {
      var teacher = Canvas(photograph)
      teacher.draw(objects, of: "teacher")
      picture = Canvas.beside(teacher, edge)
    }
    try OutputFile.write(Data(PNGWriter.bytes(of: picture)), to: report.drawn)
  }
}
