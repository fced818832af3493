import ArgumentParser
import Compiler
import Delivery

struct VerifyCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Does the edge answer as the teacher does? Runs a blob in the C runtime.",
    discussion: """
      EXAMPLE
        kinglet verify net.kgl --teacher net.onnx --test test-images.gz \\
          --test-labels test-labels.gz --max-loss 0.3
        kinglet verify wake-word.kgl --teacher wake-word.tflite --stream --test utterances.npy --threshold 0.5
        kinglet verify yolo.kgl --teacher yolo.cfg --test photographs --test-labels labels
      Of a detector, test samples are a folder of photographs, labels a folder of a text for each (default: those beside \
      the photographs), --threshold the least confidence of a finding (default 0.01).
      Status 1 when a limit is broken.
      """)

  @Argument(help: "A blob.")
  var blob: String

  @Option(help: "The model it was made from.")
  var teacher: String

  @Flag(help: "Take the teacher even if the blob was made from another model.")
  var anyTeacher = false

  @Option(help: ArgumentHelp("Test samples.", valueName: "images"))
  var test: String

  @Option(help: "Labels of the test samples.")
  var testLabels: String?

  @Flag(
    help: ArgumentHelp(
      "Frames in turn of a blob that keeps state: [T] + a frame's shape is one stream, [N, T] + it N of them; of several inputs "
        + "the arrays of one NPZ, called as these are. Told are the "
        + "decisions that are the teacher's, the first that is not, how answers and states drift apart, and with --threshold recall and precision."))
  var stream = false

  @Option(help: ArgumentHelp("With --stream and labels: how long a frame is, for false accepts an hour.", valueName: "ms"))
  var frameMs: Double?

  @OptionGroup var opened: ModelOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions

  @OptionGroup var task: TaskOption

  @OptionGroup var classes: ClassesOption

  @Option(
    help: ArgumentHelp(
      "Of a detector: of two boxes of a class that overlap by more, the surer one is kept (default: 0.45).",
      valueName: "share"))
  var nms: Float?

  @Option(
    help: ArgumentHelp(
      "Most that may be lost: percentage points of accuracy, of agreement without labels, of a detector's AP50, without "
        + "labels of its teacher's objects above 50 %, of 1 - RMS error where numbers are the answer.", valueName: "points"))
  var maxLoss: Double?

  @Option(help: ArgumentHelp("Least share of samples answered as the teacher does, of its objects above 80 % that are found, up to 1; of numbers 1 - RMS error.", valueName: "share"))
  var minAgreement: Double?

  var file: String { blob }

  func run() throws {
    try Compilation.checkWritable(common.results)
    if stream { return try verifyStream() }
    try require(frameMs == nil, "--frame-ms is with --stream")
    if try DetectorVerification.isFor(teacher, axes: opened.axes()) { return try verifyDetector() }
    try require(nms == nil, "--nms is for detectors, and \(teacher) is none")
    try require(classes.numbers == nil, "--classes is for detectors, and \(teacher) is none")
    if Lossless.areGenerated(test), try Lossless.isFor(teacher, axes: opened.axes()) { return try verifyEqual() }
    let report = try Verification.verify(
      blob: blob, teacher: teacher, axes: opened.axes(),
      test: input.data(test, labels: testLabels), task: task.options,
      threads: common.threads, seed: common.seed, anyTeacher: anyTeacher)
    for warning in report.warnings { Terminal.note("kinglet: warning: \(warning)") }
    try emit(report, json: common.json)
    try requireLimits(
      loss: report.loss, "\(report.lossName) on \(report.samples) samples", agreement: report.agreement)
    try requireEqual(report.exact ? report.equal : nil)
  }

  private func requireLimits(loss: Double, _ name: String, agreement: Double) throws {
    if let maxLoss, !(loss <= maxLoss) {
      throw FailedCheck(sentence: "\(blob) has \(loss.points) \(name), more than --max-loss \(maxLoss)")
    }
    if let minAgreement, !(agreement >= minAgreement) {
      throw FailedCheck(
        sentence: "\(blob) agrees with the teacher by \(agreement), less than --min-agreement \(minAgreement)")
    }
  }

  /// Frames in turn, against a teacher that keeps state or looks at their window.
  private func verifyStream() throws {
    try require(nms == nil, "--nms is for detectors, and --stream for networks that keep state")
    try require(classes.numbers == nil, "--classes is for detectors, and --stream for networks that keep state")
    try require(maxLoss == nil, "--max-loss is not with --stream: give --min-agreement, which is of its decisions")
    try require(frameMs.map { $0 > 0 && $0.isFinite } ?? true, "--frame-ms takes a number above 0")
    var options = StreamOfFrames()
    (options.task, options.frameMilliseconds, options.anyTeacher) = (task.options, frameMs, anyTeacher)
    (options.threads, options.seed) = (common.threads, common.seed)
    let report = try StreamVerification.verify(
      blob: blob, teacher: teacher, axes: opened.axes(), test: input.data(test, labels: testLabels), options: options)
    try emit(report, json: common.json)
    if let minAgreement, !(report.agreement >= minAgreement) {
      throw FailedCheck(
        sentence: "\(blob) agrees with the teacher by \(report.agreement), less than --min-agreement \(minAgreement)")
    }
  }

  /// On photographs, against a teacher that finds objects.
  private func verifyDetector() throws {
    try require(task.task == .auto, "--task \(task.task.rawValue) is not for \(teacher), which is a detector")
    let threshold = task.threshold ?? 0.01
    try OverlapOption.check(threshold, "--threshold")
    try require((0...1).contains(nms ?? 0.45), "--nms takes 0 to 1")
    let report = try DetectorVerification.verify(
      blob: blob, teacher: teacher, axes: opened.axes(), test: input.data(test, labels: testLabels),
      limits: DetectionLimits(threshold: threshold, overlap: nms ?? 0.45, classes: classes.numbers),
      threads: common.threads, seed: common.seed, anyTeacher: anyTeacher)
    for warning in report.warnings { Terminal.note("kinglet: warning: \(warning)") }
    try emit(report, json: common.json)
    try requireLimits(
      loss: report.loss, "\(report.lossName) on \(report.images) photographs", agreement: report.agreement)
  }

  /// What was encoded from the teacher has to give its integers.
  private func requireEqual(_ share: Double?, least: Double = 1) throws {
    guard let share, share < least else { return }
    throw FailedCheck(sentence: "\(blob) gives \(share) of the teacher's output elements, less than \(least)")
  }

  /// On generated elements, against a teacher of int8: how many of its integers are given.
  private func verifyEqual() throws {
    let count = try Lossless.generatedCount(test)
    for (option, isGiven) in [
      ("--test-labels", testLabels != nil), ("--max-loss", maxLoss != nil), ("--threshold", task.threshold != nil),
      ("--task", task.task != usual.task),
      ("--input-scale, --input-mean, --input-layout, --fit", !input.isEmpty),
    ] where isGiven {
      throw ValidationError("\(option) is not for \(test), which are elements of an int8 teacher: give samples of a file with it")
    }
    let report = try Lossless.verify(
      blob: blob, teacher: teacher, axes: opened.axes(), samples: count, threads: common.threads, seed: common.seed,
      anyTeacher: anyTeacher)
    try emit(report, json: common.json)
    if report.exact || minAgreement != nil { try requireEqual(report.equal, least: minAgreement ?? 1) }
  }
}
