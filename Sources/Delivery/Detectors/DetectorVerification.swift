// `kinglet verify` of a detector: a blob in the C runtime and its teacher on the host find objects in the same
// photographs, and both are held up to what is known to be there.

import Blob
import Compiler
import Datasets
import Detection
import Edge
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Trials
import Verification

/// What `verify` found of a detector.
public struct DetectorReport: Codable, PrintableReport, Sendable {
  public static let reportName = "detector"

  /// Bytes of the whole blob.
  public var blobBytes: Int
  /// Weights, biases, batch normalization's scale and shift.
  public var teacherParameters: Int
  /// 4 bytes x teacher parameters / blob bytes, the self-test apart.
  public var ratio: Double
  /// `detection`.
  public var task: NetworkTask
  /// How many photographs were looked at.
  public var images: Int
  /// Numbers of the classes that count; nil: all.
  public var classes: [Int]?
  /// Objects that labels tell of; nil without labels.
  public var objects: Int?
  /// Confidence below which boxes are passed over, 0 to 1.
  public var threshold: Float
  /// Intersection over union above which two boxes of a class are one, 0 to 1.
  public var overlap: Float
  /// How photographs are made as large as the input: `stretch` both sides, or `letterbox` with borders.
  public var fit: ImageFit.Method
  /// The teacher's average precision at an overlap of 0.5, as COCO has it, 0 to 1; nil without labels.
  public var teacherAP50: Double?
  /// The edge's average precision at an overlap of 0.5, 0 to 1; nil without labels.
  public var edgeAP50: Double?
  /// The teacher's average precision, the mean over overlaps of 0.5 to 0.95, 0 to 1; nil without labels.
  public var teacherAP50To95: Double?
  /// The edge's average precision, the mean over overlaps of 0.5 to 0.95, 0 to 1; nil without labels.
  public var edgeAP50To95: Double?
  /// With 95 % confidence, by drawing photographs again; nil without labels, or for one photograph.
  public var intervals: Intervals?
  /// Objects that the teacher finds with more than 80 %.
  public var teacherAbove80: Int
  /// How many of these the edge finds: the same class, an overlap of a half, any confidence above the threshold.
  public var foundAbove80: Int
  /// How many of these the edge finds with more than 50 %.
  public var shownAbove80: Int
  /// Objects that the teacher finds with more than 50 %.
  public var teacherAbove50: Int
  /// How many of these the edge finds: the same class, an overlap of a half, any confidence above the threshold.
  public var foundAbove50: Int
  /// How many of these the edge finds with more than 50 %.
  public var shownAbove50: Int
  /// Objects that the edge finds with more than 80 %, and the teacher not at all.
  public var addedAbove80: Int
  /// Objects that the edge finds with more than 50 %, and the teacher not at all.
  public var addedAbove50: Int
  /// The edge's confidence less the teacher's, the mean over what the teacher finds with more than 80 % and the edge too,
  /// -1 to 1; nil where there is nothing.
  public var meanChangeAbove80: Double?
  /// The least of these differences: where the edge is less sure by most; nil where there is none.
  public var worstChangeAbove80: Double?
  /// The edge's confidence less the teacher's, the mean over what the teacher finds with more than 50 % and the edge too,
  /// -1 to 1; nil where there is nothing.
  public var meanChangeAbove50: Double?
  /// The least of these differences: where the edge is less sure by most; nil where there is none.
  public var worstChangeAbove50: Double?
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// Photographs for which an integer blob gave the same bytes in the C runtime and in its emulation; nil for float32.
  public var emulatedSamples: Int?
  /// Samples of the blob's self-test, answered as it expects; nil where it has none.
  public var selfTestSamples: Int?
  /// Sentences about what may spoil the comparison.
  public var warnings: [String]

  public struct Intervals: Codable, Sendable {
    /// Least and most of the teacher's average precision at an overlap of 0.5.
    public var teacherAP50: [Double]
    /// Least and most of the edge's average precision at an overlap of 0.5.
    public var edgeAP50: [Double]
    /// Least and most of the teacher's less the edge's, the same photographs drawn for both; -1 to 1.
    public var lostAP50: [Double]
    /// Least and most of the teacher's mean over overlaps of 0.5 to 0.95.
    public var teacherAP50To95: [Double]
    /// Least and most of the edge's mean over overlaps of 0.5 to 0.95.
    public var edgeAP50To95: [Double]
  }

  /// Points of AP50 that are lost; without labels, of the teacher's objects above 50 % that are not found.
  public var loss: Double {
    if let teacherAP50, let edgeAP50 { return 100 * (teacherAP50 - edgeAP50) }
    return teacherAbove50 == 0 ? 0 : 100 * (1 - Double(foundAbove50) / Double(teacherAbove50))
  }

  public var lossName: String { teacherAP50 == nil ? "points of the teacher's objects lost" : "points of AP50 lost" }

  /// The share of the teacher's objects above 80 % that the edge finds; 1 where there are none.
  public var agreement: Double { teacherAbove80 == 0 ? 1 : Double(foundAbove80) / Double(teacherAbove80) }

  public var text: String {
    var lines = [
      "\(images) photographs" + (objects.map { ", \($0) objects" } ?? "")
        + (classes.map { " of the \($0.count) classes that count" } ?? "")
    ]
    if let teacherAP50, let edgeAP50, let teacherAP50To95, let edgeAP50To95 {
      func range(_ path: KeyPath<Intervals, [Double]>) -> String {
        intervals.map { String(format: " (%.3f to %.3f)", $0[keyPath: path][0], $0[keyPath: path][1]) } ?? ""
      }
      lines.append(
        String(format: "AP50: teacher %.4f", teacherAP50) + range(\.teacherAP50)
          + String(format: ", edge %.4f", edgeAP50) + range(\.edgeAP50)
          + String(format: "; %.4f lost", teacherAP50 - edgeAP50) + range(\.lostAP50))
      lines.append(String(format: "AP50:95: teacher %.4f, edge %.4f", teacherAP50To95, edgeAP50To95))
    }
    lines.append(line("80 %", teacherAbove80, foundAbove80, shownAbove80, addedAbove80, meanChangeAbove80, worstChangeAbove80))
    lines.append(line("50 %", teacherAbove50, foundAbove50, shownAbove50, addedAbove50, meanChangeAbove50, worstChangeAbove50))
    lines.append(String(format: "%d bytes, %.1fx; arena %d bytes", blobBytes, ratio, arenaBytes))
    if let emulatedSamples { lines.append(emulationText(emulatedSamples)) }
    if let selfTestSamples { lines.append("self-test: \(selfTestSamples) samples, as expected") }
    return lines.joined(separator: "\n")
  }

  private func line(
    _ limit: String, _ teacher: Int, _ found: Int, _ shown: Int, _ added: Int, _ mean: Double?, _ worst: Double?
  ) -> String {
    let changes = zip([mean].compactMap { $0 }, [worst].compactMap { $0 }).map {
      String(format: "; confidences change by %+.4f on the mean, %+.4f at worst", $0, $1)
    }
    return "above \(limit): the teacher finds \(teacher), the edge \(found) of them (\(shown) above 50 %), and adds \(added)"
      + (changes.first ?? "")
  }
}

public enum DetectorVerification {
  /// Whether a model finds objects in photographs.
  public static func isFor(_ teacher: String, axes: ModelAxes) throws(CompilerError) -> Bool {
    guard FileKind(path: teacher) == .darknet else { return false }
    return try opening { () throws(IntakeError) in try !Teacher.load(teacher, axes: axes, mayKeepState: true).heads.isEmpty }
  }

  /// Runs a blob and its teacher on photographs.
  ///
  /// - Parameters:
  ///   - test: a folder of photographs; labels of it, a folder of texts, or nil for those beside the photographs,
  ///     if there are any.
  ///   - anyTeacher: whether the teacher may be another model than the blob's.
  public static func verify(
    blob path: String, teacher: String, axes: ModelAxes = [:], test: DataOptions, limits: DetectionLimits,
    threads: Int, seed: UInt64, anyTeacher: Bool = false
  ) throws(CompilerError) -> DetectorReport {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let selfTestSamples = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in try SelfTest.replay(blob) }
    }
    let graph = try opening { () throws(IntakeError) in try Teacher.load(teacher, axes: axes).inNumbers }
    if !anyTeacher { try Verification.check(teacher, axes, of: blob.model, path) }
    let edge = try Detector(blob: blob, path, teacher: graph, options: test, classes: limits.classes, threads: threads)
    let reference = try Detector(
      model: graph, teacher, options: DetectionRun.following(test, edge), classes: edge.countedClasses, threads: threads)
    guard edge.classCount == reference.classCount, edge.fit == reference.fit else {
      throw .unfit(reason: "\(path) and \(teacher) are not the same network: their inputs or classes differ")
    }
    let paths = try opening { () throws(IntakeError) in try PhotographFiles.paths(test.path) }
    let labels = try opening { () throws(IntakeError) in
      try PhotographFiles.labels(test, paths, classes: edge.classCount)
    }
    var (found, taught): ([[DetectedObject]], [[DetectedObject]]) = ([], [])
    for part in DetectionRun.chunks(paths) {
      let pictures = try DetectionRun.load(part)
      found += try edge.objects(in: pictures, limits)
      taught += try reference.objects(in: pictures, limits)
    }
    let arenaBytes = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(blob.bytes).arenaBytes }
    let agreement = DetectionAgreement(teacher: taught, edge: found)
    var report = DetectorReport(
      agreement, blob, parameters: graph.parameterCount, images: paths.count, limits, fit: edge.fit.method,
      arenaBytes: arenaBytes, warnings: graph.omissions + (labels?.notes ?? []))
    (report.selfTestSamples, report.classes) = (selfTestSamples, edge.countedClasses)
    report.emulatedSamples = try emulated(blob, edge, paths, of: graph, threads: threads)
    if let labels {
      report.judge(taught, found, labels.boxes.map { $0.map(KnownObject.init).filter(edge.counts) }, seed: seed)
    }
    return report
  }
}

extension DetectorVerification {
  /// Photographs that are emulated at most: one takes seconds.
  private static let mostEmulated = 16

  /// How many photographs gave the same bytes in the emulation; nil for a blob of float32 steps.
  private static func emulated(
    _ blob: DecodedBlob, _ edge: Detector, _ paths: [String], of graph: Graph, threads: Int
  ) throws(CompilerError) -> Int? {
    guard blob.model.isInteger else { return nil }
    let pictures = try DetectionRun.load(Array(paths.prefix(mostEmulated)))
    let dataset = try edge.samples(of: pictures).samples
    let samples = SampleSet([dataset], elementCounts: [dataset.sampleShape.elementCount])
    return try verifying { () throws(VerificationError) in
      try EmulationCheck.run(blob.bytes, blob.model, samples: samples, of: graph, fewest: 1, threads: threads)
    }
  }
}

extension DetectorReport {
  fileprivate init(
    _ agreement: DetectionAgreement, _ blob: DecodedBlob, parameters: Int, images: Int, _ limits: DetectionLimits,
    fit: ImageFit.Method, arenaBytes: Int, warnings: [String]
  ) {
    (blobBytes, teacherParameters) = (blob.bytes.count, parameters)
    ratio = Double(4 * parameters) / Double(blob.bytes.count - BlobLedger(blob).selfTestBytes)
    (task, self.images, threshold, overlap) = (.detection, images, limits.threshold, limits.overlap)
    (self.fit, self.arenaBytes, self.warnings) = (fit, arenaBytes, warnings)
    let (above80, above50) = (agreement.above80, agreement.above50)
    (teacherAbove80, foundAbove80, shownAbove80) = (above80.teacher, above80.found, above80.foundAbove50)
    (teacherAbove50, foundAbove50, shownAbove50) = (above50.teacher, above50.found, above50.foundAbove50)
    (addedAbove80, addedAbove50) = (above80.added, above50.added)
    (meanChangeAbove80, worstChangeAbove80) = (above80.meanChange, above80.worstChange)
    (meanChangeAbove50, worstChangeAbove50) = (above50.meanChange, above50.worstChange)
  }

  /// Puts in what labels say.
  fileprivate mutating func judge(
    _ teacher: [[DetectedObject]], _ edge: [[DetectedObject]], _ known: [[KnownObject]], seed: UInt64
  ) {
    objects = known.reduce(0) { $0 + $1.count }
    let (first, second) = (AveragePrecision(found: teacher, known: known), AveragePrecision(found: edge, known: known))
    (teacherAP50, teacherAP50To95) = (first.averages?.at50, first.averages?.at50To95)
    (edgeAP50, edgeAP50To95) = (second.averages?.at50, second.averages?.at50To95)
    if let own = first.intervals(seed: seed), let other = second.intervals(seed: seed),
      let lost = first.intervals(over: second, seed: seed)
    {
      intervals = Intervals(
        teacherAP50: own.at50, edgeAP50: other.at50, lostAP50: lost.at50, teacherAP50To95: own.at50To95,
        edgeAP50To95: other.at50To95)
    }
  }
}
