import Compiler
import Datasets
import Delivery
import Foundation
import Intake
import TestSupport
import Testing

/// A detector from its files to what `detect` and `verify` say of it. It finds a box of half the photograph's sides
/// in the middle of one that is red: class 0 where it is green too, class 1 where it is blue.
struct DetectorTests {
  static let configuration = """
    [net]
    width=32
    height=32
    channels=3
    [maxpool]
    size=32
    stride=32
    padding=0
    [convolutional]
    filters=7
    size=1
    stride=1
    activation=linear
    [yolo]
    mask=0
    anchors=16,16
    classes=2
    num=1
    """

  let folder: TemporaryFolder
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = try folder.write(text: Self.configuration, to: "net.cfg")
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes(Array.init) }
    let biases: [Float] = [0, 0, 0, 0, -10, -10, -10]
    let rows: [[Float]] = Array(repeating: [0, 0, 0], count: 4) + [[20, 0, 0], [0, 20, 0], [0, 0, 20]]
    _ = try folder.write(bytes([0, 2, 0, 0, 0] as [Int32]) + bytes(biases) + bytes(rows.flatMap { $0 }), to: "net.weights")
    for (name, colour) in [("a.png", [255, 255, 0]), ("b.png", [255, 0, 255]), ("c.png", [0, 255, 255])] as [(String, [UInt8])] {
      // Wider than high, so that a letterbox has borders.
      let pixels = (0..<40 * 20).flatMap { _ in colour }
      let picture = Photograph(width: 40, height: 20, channels: 3, pixels: pixels)
      _ = try folder.write(PNGWriter.bytes(of: picture), to: "images/" + name)
    }
    _ = try folder.write(text: "0 0.5 0.5 0.5 0.5\n", to: "images/a.txt")
    _ = try folder.write(text: "1 0.5 0.5 0.5 0.5\n0 0.1 0.1 0.2 0.2", to: "images/b.txt")
  }

  private var images: DataOptions { DataOptions(path: folder.path + "/images") }
  private let limits = DetectionLimits(threshold: 0.5, overlap: 0.45)

  private func blob(_ change: (inout CompileOptions) -> Void = { _ in }) throws -> String {
    var options = CompileOptions(model: model)
    options.sparsity = 0
    options.levels = .float
    change(&options)
    let path = folder.path + "/net.kgl"
    _ = try Compilation(options: options, observer: Watcher()).encode(to: path)
    return path
  }

  private func detect(_ path: String, teacher: String? = nil, images: DataOptions? = nil, names: String? = nil) throws
    -> DetectionReport
  {
    try DetectionRun.detect(
      path, images: images ?? self.images, teacher: teacher, limits: limits, names: names,
      to: folder.path + "/drawn", threads: 1)
  }

  @Test func modelsFindObjectsInPixelsOfThePhotograph() throws {
    let names = try folder.write(text: "sun\nviolet", to: "names")
    let report = try detect(model, names: names)
    #expect(report.photographs.map { $0.objects.map(\.classNumber) } == [[0], [1], []])
    let object = try #require(report.photographs[0].objects.first)
    #expect(object.name == "sun" && object.confidence > 0.99)
    #expect([object.left, object.top, object.width, object.height] == [10, 5, 20, 10])
    let drawn = try Photograph.load(report.photographs[2].drawn)
    #expect(drawn.width == 40 && drawn.height == 20)
    #expect(report.fit == .stretch && report.text.hasPrefix("3 photographs: 2 objects above 0.5\n"))
  }

  /// The photograph is half as high as the input: the box, half the input, is all of its height.
  @Test func letterboxesAreTakenOff() throws {
    var images = images
    images.fit = .letterbox
    let object = try #require(try detect(model, images: images).photographs[0].objects.first)
    #expect([object.left, object.top, object.width, object.height] == [10, 0, 20, 20])
  }

  @Test func aBlobKnowsItsHeadsAndIsDrawnBesideItsTeacher() throws {
    let blob = try blob()
    #expect(try detect(blob).photographs[1].objects.map(\.classNumber) == [1])
    let report = try detect(blob, teacher: model)
    #expect(report.photographs[1].teacherObjects?.map(\.classNumber) == [1])
    #expect(try Photograph.load(report.photographs[1].drawn).width == 40 + 4 + 40)
  }

  @Test func aBlobKeepsHowPhotographsAreFitted() throws {
    let blob = try blob {
      $0.calibration = self.images
      $0.calibration?.fit = .letterbox
    }
    #expect(try detect(blob).fit == .letterbox)
  }

  /// One of three labelled objects is nowhere to be found: its class's precision is 1 up to a recall of a half.
  @Test func verificationCountsObjects() throws {
    let report = try DetectorVerification.verify(
      blob: blob(), teacher: model, test: images, limits: DetectionLimits(threshold: 0.01, overlap: 0.45), threads: 1,
      seed: 1)
    #expect(report.images == 3 && report.objects == 3 && report.task == .detection)
    let wanted = (1 + 51.0 / 101) / 2
    #expect(abs(try #require(report.teacherAP50) - wanted) < 1e-9 && report.edgeAP50 == report.teacherAP50)
    #expect(report.teacherAbove80 == 2 && report.foundAbove80 == 2 && report.addedAbove50 == 0)
    #expect(report.loss == 0 && report.agreement == 1 && report.intervals != nil)
    #expect(report.warnings.count == 1 && report.warnings[0].contains("1 of 3 photographs have no labels"))
  }

  @Test func withoutLabelsTheTeacherIsTheMeasure() throws {
    var images = images
    images.path += "/a.png"
    try FileManager.default.removeItem(atPath: folder.path + "/images/a.txt")
    let report = try DetectorVerification.verify(
      blob: blob(), teacher: model, test: images, limits: limits, threads: 1, seed: 1)
    #expect(report.objects == nil && report.teacherAP50 == nil && report.loss == 0)
    #expect(report.lossName == "points of the teacher's objects lost")
  }

  @Test func labelsOfOtherClassesAreRefused() throws {
    _ = try folder.write(text: "2 0.5 0.5 0.5 0.5", to: "images/c.txt")
    let blob = try blob()
    let error = #expect(throws: CompilerError.self) {
      try DetectorVerification.verify(blob: blob, teacher: model, test: images, limits: limits, threads: 1, seed: 1)
    }
    #expect(error?.sentence.contains("name class 2, and the network has 2 classes") == true)
  }

  /// Zeros cannot be asked of three weights a row: what is trained are tables.
  private func compiled(_ change: (inout CompileOptions) -> Void = { _ in }) throws -> CompileReport {
    var options = CompileOptions(model: model)
    options.data = images
    options.data?.fit = .stretch
    options.test = options.data
    (options.sparsity, options.levels, options.tableSteps, options.heldBack) = (0, .float, 2, 0)
    options.evolution.retraining.batch = 2
    change(&options)
    return try Compilation(options: options, observer: Watcher()).compile(to: folder.path + "/net.kgl")
  }

  @Test func compilingIsJudgedByObjects() throws {
    let report = try compiled()
    #expect(report.task == .detection && report.agreement == 1 && report.loss == 0)
    #expect(report.lossName == "points of the teacher's objects lost" && report.intervals == nil)
    let found = try #require(report.objects)
    #expect(found.teacherAbove80 == 2 && found.foundAbove80 == 2 && found.teacherAP50 == nil)
    #expect(report.text.contains("found again 2 of 2 objects above 80 %, 2 of 2 objects above 50 %, 0.00 points"))
  }

  /// Of a letterbox too: what labels say of the photograph is where the network finds it.
  @Test(arguments: [ImageFit.Method.stretch, .letterbox]) func labelsMakePrecisionTheLoss(fit: ImageFit.Method) throws {
    if fit == .letterbox {
      _ = try folder.write(text: "0 0.5 0.5 0.5 1\n", to: "images/a.txt")
      _ = try folder.write(text: "1 0.5 0.5 0.5 1\n0 0.1 0.1 0.2 0.2", to: "images/b.txt")
    }
    let report = try compiled {
      $0.data?.fit = fit
      $0.test = $0.data
      $0.test?.labels = self.images.path
    }
    #expect(report.lossName == "points of AP50 lost" && report.loss == 0)
    let found = try #require(report.objects?.teacherAP50)
    #expect(abs(found - (1 + 51.0 / 101) / 2) < 1e-9, "\(report.text)")
  }

  @Test func someClassesCount() throws {
    let report = try compiled { $0.classes = [1] }
    #expect(report.objects?.teacherAbove80 == 1 && report.objects?.foundAbove80 == 1)
    let blob = folder.path + "/net.kgl"
    #expect(try detect(blob).photographs.map { $0.objects.map(\.classNumber) } == [[], [1], []])
    let verified = try DetectorVerification.verify(
      blob: blob, teacher: model, test: images, limits: DetectionLimits(threshold: 0.01, overlap: 0.45), threads: 1, seed: 1)
    #expect(verified.classes == [1] && verified.objects == 1 && verified.teacherAP50 == 1 && verified.teacherAbove80 == 1)
    let asked = DetectionLimits(threshold: 0.5, overlap: 0.45, classes: [0])
    let detected = try DetectionRun.detect(
      model, images: images, teacher: nil, limits: asked, names: nil, to: folder.path + "/drawn", threads: 1)
    #expect(detected.photographs.map { $0.objects.map(\.classNumber) } == [[0], [], []])
  }

  @Test func classesThatAreNotThereAreRefused() throws {
    let error = #expect(throws: CompilerError.self) { try compiled { $0.classes = [0, 2] } }
    #expect(error?.sentence.contains("--classes names class 2, and \(model) has 2 classes, 0 to 1") == true)
    let squares = #expect(throws: CompilerError.self) { try compiled { ($0.classes, $0.divergence) = ([0], .squaredError) } }
    #expect(squares?.sentence.contains("--classes is not for --divergence mse") == true)
  }

  /// Emulated byte for byte, by what `verify` tells.
  @Test func integersAreEmulated() throws {
    _ = try compiled { ($0.activations, $0.levels) = (.int8, .table(4)) }
    let report = try DetectorVerification.verify(
      blob: folder.path + "/net.kgl", teacher: model, test: images, limits: limits, threads: 1, seed: 1)
    #expect(report.emulatedSamples == 3 && report.foundAbove80 == 2 && report.text.contains("emulation: 3 samples"))
  }

  @Test func whatIsNoDetectorIsRefused() throws {
    let text = Self.configuration.components(separatedBy: "[yolo]")[0]
    let plain = try folder.write(text: text, to: "plain.cfg")
    try FileManager.default.copyItem(atPath: folder.path + "/net.weights", toPath: folder.path + "/plain.weights")
    let error = #expect(throws: CompilerError.self) { try detect(plain) }
    #expect(error?.sentence.contains("it is no detector") == true)
  }
}
