import ArgumentParser
import Compiler
import Delivery

struct DetectCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract: "Draw what a detector finds in photographs: a blob in the C runtime, or a model on the host.",
    discussion: """
      With --teacher its findings are drawn on the left and the other's on the right. Photographs are stretched over \
      the input unless the blob or --fit says otherwise.

      EXAMPLES
        kinglet detect yolo.cfg --images photographs --names coco.names -o drawn
        kinglet detect yolo.kgl --teacher yolo.cfg --images dog.jpg -o drawn --json objects.json
      """)

  @Argument(help: "A blob, or a Darknet .cfg.")
  var network: String

  @Option(help: ArgumentHelp("Photographs, JPEG or PNG: a folder, or one.", valueName: "folder"))
  var images: String

  @Option(help: "The model that a blob was made from, drawn beside it.")
  var teacher: String?

  @Option(help: ArgumentHelp("The least confidence that is shown, 0 up to 1.", valueName: "share"))
  var threshold: Float = 0.5

  @OptionGroup var overlap: OverlapOption
  @OptionGroup var classes: ClassesOption

  @Option(help: ArgumentHelp("Names of the classes, one a line.", valueName: "file"))
  var names: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the pictures go, a PNG for each photograph.", valueName: "folder"))
  var output: String

  @OptionGroup var opened: ModelOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions

  var file: String { network }

  func validate() throws { try OverlapOption.check(threshold, "--threshold") }

  func run() throws {
    try Compilation.checkWritable(common.results)
    let report = try DetectionRun.detect(
      network, axes: opened.axes(), images: input.data(images), teacher: teacher,
      limits: DetectionLimits(threshold: threshold, overlap: overlap.nms, classes: classes.numbers), names: names,
      to: output,
      threads: common.threads)
    try emit(report, json: common.json)
  }
}

/// How findings of one object become one.
struct OverlapOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of two boxes of a class that overlap by more, the surer one is kept: intersection over union, 0 to 1.",
      valueName: "share"))
  var nms: Float = 0.45

  func validate() throws {
    guard (0...1).contains(nms) else { throw ValidationError("--nms takes 0 to 1, not \(nms)") }
  }

  static func check(_ threshold: Float, _ option: String) throws {
    guard (0..<1).contains(threshold) else { throw ValidationError("\(option) takes 0 up to, not with, 1, not \(threshold)") }
  }
}
