import Foundation
import ModelGraph
import TestSupport
import Testing

@testable import ModelLoading

/// What a Darknet configuration says, and the sentences that refuse others.
@Suite struct DarknetImporterTests {
  @Test func sectionsAreNamedAsDarknetCountsThem() throws {
    let loaded = try DarknetFiles.whole(DarknetFiles.small).load()
    #expect(loaded.graph.nodes.map(\.name) == [
      "0_convolutional", "0_convolutional.normalized", "0_convolutional.leaky", "1_maxpool", "2_convolutional",
      "3_route", "4_convolutional",
    ])
    #expect(loaded.outputNames == ["4_convolutional"] && loaded.inputNames == ["data"])
    #expect(loaded.producer == "Darknet 0.2.5")
    #expect(loaded.graph.heads == [
      DetectionHead(
        output: "4_convolutional", kind: .yolo, anchors: [.init(width: 1, height: 2), .init(width: 3, height: 4.5)],
        classCount: 3, inputWidth: 4, inputHeight: 4)
    ])
  }

  @Test func normalizationStaysAScaleAndAShift() throws {
    let graph = try DarknetFiles.whole(DarknetFiles.small).load().graph
    let scale = Float(0.5 / (0.5 + 1e-6).squareRoot())
    let parameters = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.tensor) })
    #expect(parameters["0_convolutional.scale"]?.values == [scale, scale, scale, scale])
    #expect(parameters["0_convolutional.shift"]?.values[0] == Float(0.5 - 0.5 * (0.5 / (0.5 + 1e-6).squareRoot())))
    #expect(parameters["0_convolutional.weight"]?.shape == [4, 2, 3, 3])
  }

  @Test func blanksCommentsAndLineEndsDoNotMatter() throws {
    let spaced = "\u{FEFF}; first\r\n" + DarknetFiles.small.replacing("=", with: " = ").replacing("\n", with: " # more\r\n\t")
    let plain = try DarknetFiles.whole(DarknetFiles.small).load().graph
    #expect(try DarknetFiles.whole(spaced).load().graph == plain)
  }

  @Test func weightsAreFoundByNameOrBesideTheConfiguration() throws {
    let count = try DarknetPlan(Array(DarknetFiles.small.utf8)).numberCount
    let files = try DarknetFiles(DarknetFiles.small, weights: DarknetFiles.weights(count), named: "other.weights")
    #expect(files.refusal()?.contains("net.weights is not there: put them there, or name them with --weights") == true)
    #expect(files.refusal(weights: files.folder.path + "/other.weights") == nil)
    #expect(files.refusal(weights: files.folder.path + "/none.weights")?.contains("cannot be opened") == true)
  }

  @Test func headersOfBothKindsAreRead() throws {
    let count = try DarknetPlan(Array(DarknetFiles.small.utf8)).numberCount
    let numbers = DarknetFiles.weights(count).dropFirst(20)
    let new = try DarknetFiles(DarknetFiles.small, weights: DarknetFiles.weights(count)).load()
    let old = try DarknetFiles(DarknetFiles.small, weights: DarknetFiles.header([0, 1, 0, 64]) + numbers).load()
    #expect(old.graph == new.graph && old.producer == "Darknet 0.1.0")
  }

  @Test func weightsOfAnotherNumberAreRefusedWithBoth() throws {
    let count = try DarknetPlan(Array(DarknetFiles.small.utf8)).numberCount
    for others in [0, count - 1, count + 1] {
      let files = try DarknetFiles(DarknetFiles.small, weights: DarknetFiles.weights(others))
      let refusal = try #require(files.refusal())
      #expect(refusal.contains("it holds \(others) numbers, and the layers of") && refusal.contains("need \(count): "))
    }
  }

  @Test(arguments: [
    (DarknetFiles.header([0, 2, 5]), "are no header"), ([1, 2, 3], "too short for the header"),
    (DarknetFiles.header([7000, 2, 5, 64, 0]), "does not begin with a version"),
    (DarknetFiles.weights(3) + [0], "was it cut off?"), ([], "too short"),
  ]) func whatIsNoWeightsIsSaid(bytes: [UInt8], reason: String) throws {
    #expect(try DarknetFiles(DarknetFiles.small, weights: bytes).refusal()?.contains(reason) == true)
  }

  @Test func numbersThatNothingTrainsAreRefused() throws {
    let count = try DarknetPlan(Array(DarknetFiles.small.utf8)).numberCount
    for (number, reason) in [(Float.nan, "nan"), (-.infinity, "-inf"), (1e30, "1e+30"), (-1, "a variance of 0_convolutional is -1.0")] {
      let files = try DarknetFiles(DarknetFiles.small, weights: DarknetFiles.weights(count, of: number))
      #expect(files.refusal()?.contains(reason) == true, "\(number)")
    }
  }

  @Test func aConfigurationAloneIsAnOutline() throws {
    let files = try DarknetFiles(DarknetFiles.small)
    let outline = try #require(try ModelLoader.outline(path: files.configuration))
    #expect(outline.layers.map(\.name) == ["0_convolutional", "1_maxpool", "2_convolutional", "3_route", "4_convolutional", "5_yolo"])
    #expect(outline.layers[0].filters == [4, 18] && outline.layers[0].parameters == 80)
    #expect(outline.numberCount == 88 + 40 + 16 * 13 && outline.parameterCount == outline.numberCount - 8)
    #expect(outline.outputs == [[16, 2, 2]])
    let whole = try DarknetFiles.whole(DarknetFiles.small)
    #expect(try ModelLoader.outline(path: whole.configuration) == nil)
  }

  @Test func theInputMayHaveAnotherSize() throws {
    let files = try DarknetFiles.whole(DarknetFiles.small)
    let size = ModelAxes.InputSize(width: 8, height: 6)
    let graph = try ModelLoader.load(path: files.configuration, axes: ModelAxes(inputSize: size)).graph
    #expect(graph[graph.inputs[0]].shape == [2, 6, 8] && graph[graph.outputs[0]].shape == [16, 3, 4])
    #expect(graph.heads.map(\.inputWidth) == [8] && graph.heads.map(\.inputHeight) == [6])
    let plain = try DarknetFiles("[net]\ninputs=8\n[softmax]", weights: DarknetFiles.weights(0))
    #expect(plain.refusal() == nil)
    #expect(throws: ModelLoadingError.self) {
      try ModelLoader.load(path: plain.configuration, axes: ModelAxes(inputSize: size))
    }
  }

  @Test(.enabled(if: SharedFiles.has("darknet/yolov3.cfg"), Comment(rawValue: SharedFiles.absence)))
  func yolov3HasThePapersNumbers() throws {
    let outline = try #require(try ModelLoader.outline(path: SharedFiles.folder + "/darknet/yolov3.cfg"))
    #expect(outline.layers.count == 107 && outline.layers.filter { $0.filters != nil }.count == 75)
    #expect(outline.numberCount == 62_001_757 && outline.parameterCount == 61_949_149)
  }

  /// Appendix A of the paper lists the network at 416 x 416, its convolutions as `conv_N (Conv2D) (None, height,
  /// width, channels) weights`, N being Darknet's number. Five lines are misprinted.
  @Test(.enabled(if: SharedFiles.has("seeds/de-paper.txt"), Comment(rawValue: SharedFiles.absence)))
  func yolov3HasThePapersLayersLineByLine() throws {
    let outline = try #require(
      try ModelLoader.outline(
        path: SharedFiles.folder + "/darknet/yolov3.cfg", inputSize: .init(width: 416, height: 416)))
    var lines = outline.layers.filter { $0.filters != nil }.map { layer in
      // Normalized ones have their scales and shifts on a line of their own, heads their biases on the same.
      let weights = layer.filters.map { $0[0] * $0[1] } ?? 0
      let isHead = layer.parameters == weights + layer.output[0]
      return [Int(layer.name.prefix { $0 != "_" }) ?? -1] + layer.output + [isHead ? layer.parameters : weights]
    }
    let paper = try String(contentsOfFile: SharedFiles.folder + "/seeds/de-paper.txt", encoding: .utf8)
    let printed = paper.matches(of: /conv_(\d+) \(Conv2D\)\s*\(None, (\d+), (\d+), (\d+)\)\s*(\d+)/).map { line in
      [line.1, line.4, line.2, line.3, line.5].compactMap { Int($0) }
    }
    for (meant, misprint) in [
      ([5, 128, 104, 104, 73728], [3, 128, 104, 104, 73728]), ([93, 255, 26, 26, 130_815], [83, 256, 26, 26, 130_815]),
      ([81, 255, 13, 13, 261_375], [81, 256, 13, 13, 261_375]), ([105, 255, 52, 52, 65535], [105, 256, 52, 52, 65535]),
      ([87, 256, 26, 26, 196_608], [87, 256, 26, 26, 136_608]),
    ] {
      let place = try #require(lines.firstIndex(of: meant))
      lines[place] = misprint
    }
    #expect(printed.count == 75 && Set(printed) == Set(lines))
  }
}

// MARK: - Refusals

extension DarknetImporterTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sections: String
    let sentence: String

    init(_ sections: String, _ sentence: String) {
      (testDescription, self.sections, self.sentence) = (sentence, sections, sentence)
    }
  }

  /// Behind a [net] of 2 x 4 x 4 on lines 1 to 4; options are apart by blanks.
  static let refusals = [
    Refusal("[conv", "line 5: [conv is neither [section] nor option=value"),
    Refusal("[convolutional] size", "line 6: size is neither"),
    Refusal("[convolutional] size=", "line 6: size= is neither"),
    Refusal("[convolutional] size=3x", "line 6, 0_convolutional: size=3x is not a whole number"),
    Refusal("[convolutional] size=-3", "size=-3 is not one of 1 to 16777216"),
    Refusal("[convolutional] size=9223372036854775808", "is not a whole number"),
    Refusal("[convolutional] filters=0", "filters=0 is not one of"),
    Refusal("[convolutional] stride=0", "stride=0 is not one of"),
    Refusal("[convolutional] size=3 size=5", "line 7, 0_convolutional: size is 3 on line 6 and another value here"),
    Refusal("[convolutional] size=7", "a window of [7, 7] does not fit in 2 x 4 x 4"),
    Refusal("[convolutional] groups=3 filters=3", "groups=3 does not divide 2 channels and 3 filters"),
    Refusal("[convolutional] activation=softplus", "activation=softplus is not read, only linear, leaky,"),
    Refusal("[convolutional] xnor=1", "line 6, 0_convolutional: xnor=1 is not read, only xnor=0"),
    Refusal("[convolutional] dontload=1", "dontload=1 is not read"),
    Refusal("[convolutional] shape=round", "its option shape is not read, and could change answers"),
    Refusal("[convolutional] size=2 pad=1 dilation=2", "dilation=2 is read with pad=1 and an odd size alone"),
    Refusal("[convolutional] filters=65536 size=4095 pad=1", "weights of more than 536870912 numbers are too many"),
    Refusal("[maxpool] size=2 padding=3", "padding=3 is more than twice 2 - 1"),
    Refusal("[maxpool] size=2 maxpool_depth=1", "maxpool_depth=1 is not read"),
    Refusal("[upsample] stride=-2", "stride=-2 is not one of"),
    Refusal("[upsample] stride=2 scale=.5", "scale=.5 is not read, only scale=1"),
    Refusal("[route] layers=0", "line 5, 0_route: it reads layer 0, and only the 0 before it can be read"),
    Refusal("[avgpool] [route] layers=1", "it reads layer 1, and only the 1 before it"),
    Refusal("[avgpool] [route] layers=-2", "it reads layer -2, and only the 1 before it"),
    Refusal("[avgpool] [route] layers=-1,", "layers=-1, is not whole numbers with commas between"),
    Refusal("[avgpool] [route]", "1_route: it does not say layers="),
    Refusal("[maxpool] size=2 stride=2 [avgpool] [route] layers=0,1", "height and width have to be the same"),
    Refusal("[avgpool] [route] layers=0 groups=3", "groups=3 does not divide the channels of 2 x 1 x 1"),
    Refusal("[avgpool] [route] layers=0 groups=2 group_id=2", "group_id=2 is not one of 0 to 1"),
    Refusal("[avgpool] [shortcut] from=-3", "it reads layer -3"),
    Refusal("[convolutional] filters=2 size=2 stride_x=1 [maxpool] size=2 stride_x=2 stride_y=2 [shortcut] from=-2", "it adds 2 x 3 x 3 to 2 x 2 x 2: height and width have to be the same, or"),
    Refusal("[dropout] [shortcut] from=-1 weights_type=per_channel", "weights_type=per_channel is not read"),
    Refusal("[reorg] stride=2", "stride=2 does not divide height and width of 2 x 4 x 4, and twice its channels"),
    Refusal("[softmax] groups=3", "groups=3 does not divide the 32 numbers of 2 x 4 x 4"),
    Refusal("[softmax] tree=words", "its option tree is not read"),
    Refusal("[softmax] temperature=0", "temperature=0 is out of range"),
    Refusal("[yolo] anchors=1,2 classes=1", "it reads 2 channels, and 1 anchors of 5 numbers and 1 classes are 6"),
    Refusal("[yolo] anchors=1,2,3 num=2", "it asks for others than the 1 anchors that it has"),
    Refusal("[region] anchors=1,2,3 num=2", "it has 1 anchors and asks for num=2"),
    Refusal("[yolo] anchors=1,nan", "anchors=1,nan is not numbers"),
    Refusal("[yolo] anchors=1,-2", "holds a size that is not above 0"),
    Refusal("[yolo] anchors=1,2 mask=1", "it asks for others than the 1 anchors that it has: see mask="),
    Refusal("[yolo] mask=0", "it does not say anchors="),
    Refusal("[region] anchors=1,2 coords=8", "coords=8 is not read, only coords=4"),
    Refusal("[convolutional] filters=6 [yolo] anchors=1,2 classes=1 [avgpool]", "2_avgpool: it reads 1_yolo, and heads stay raw"),
    Refusal("[con\u{1B}v]", "line 5: [conv] is neither [section] nor"),
    Refusal("[convolutional] size=\u{7F}3", "line 6: size=3 is neither"),
    Refusal("[\(String(repeating: "a", count: 41))]", "is neither [section] nor"),
    Refusal("[sam] from=-1 [crop] [sam] from=-2", "[sam] (2 nodes, the first 0_sam), [crop] (node 1_crop)"),
    Refusal("[net] width=5", "a configuration has one [net], its first section"),
    Refusal("", "the Darknet configuration has no layers"),
  ]

  @Test(arguments: refusals) func whatIsNotReadIsSaidInASentence(refusal: Refusal) throws {
    let sections = refusal.sections.split(separator: " ").joined(separator: "\n")
    let files = try DarknetFiles("[net]\nwidth=4\nheight=4\nchannels=2\n\(sections)\n", weights: DarknetFiles.weights(0))
    let sentence = try #require(files.refusal())
    #expect(sentence.contains(refusal.sentence), "\(sentence)")
    #expect(!sentence.contains("\n"))
  }

  @Test(arguments: [
    ("[net]\nwidth=4\nheight=4\n[avgpool]", "it does not say width=, height= and channels="),
    ("[net]\nwidth=65535\nheight=65535\nchannels=3\n[avgpool]", "an input of 3 x 65535 x 65535 is larger"),
    ("[net]\nwidth=-4\nheight=4\nchannels=1\n[avgpool]", "width=-4 is not one of"),
    ("[net]\nwidth=4\nheight=4\nchannels=1\ntime_steps=3\n[avgpool]", "time_steps=3 is not read"),
  ]) func aNetworkWithoutAnImageIsRefused(text: String, reason: String) throws {
    #expect(try DarknetFiles(text, weights: DarknetFiles.weights(0)).refusal()?.contains(reason) == true)
  }

  @Test func otherModelsHaveNoWeightsOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([8, 7], to: "net.onnx")
    #expect(throws: ModelLoadingError.model(reason: "--weights is for a Darknet configuration (.cfg), and this file is none")) {
      try ModelLoader.load(path: path, axes: ModelAxes(weights: "net.weights"))
    }
    let files = try DarknetFiles.whole(DarknetFiles.small)
    #expect(throws: ModelLoadingError.self) { try ModelLoader.load(path: files.configuration, axes: ["N": 3]) }
    let size = ModelAxes.InputSize(width: 8, height: 8)
    #expect(throws: ModelLoadingError.model(reason: "--input-size is for a Darknet configuration (.cfg), and this file is none")) {
      try ModelLoader.load(path: path, axes: ModelAxes(inputSize: size))
    }
    #expect(try ModelLoader.files(of: files.configuration) == [files.configuration, files.folder.path + "/net.weights"])
  }
}
