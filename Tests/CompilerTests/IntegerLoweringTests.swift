import Blob
import Compiler
import ModelGraph
import Tensors
import TestSupport
import Testing

/// From a graph to integer steps whose numbers are those of float32, but for rounding.
struct IntegerLoweringTests {
  /// One rounding is half a unit; an operand or table that is rounded too is worth more. What a
  /// function makes of a rounded number may be several units where it is steep.
  @Test(arguments: GraphCase.operations)
  func everyOperationIsWithinUnitsOfFloat32(_ example: GraphCase) throws {
    for scale in [nil, 1.0 / 255] {
      let twin = try IntegerTwin(example.graph(), scale: scale)
      #expect(try BlobReader.read(twin.bytes) == twin.model)
      let error = try twin.largestError()
      // A divisor that is a byte is less exact the smaller it is.
      let bound: Float = example.name.hasPrefix("divide") ? 12 : 4
      #expect(error <= bound, "scale \(scale ?? 0): \(twin.names)")
      #expect(try twin.isEmulated())
    }
  }

  @Test(arguments: CombinedGraphs.all)
  func combinedGraphsAnswerNearlyAsFloat32(_ example: GraphCase) throws {
    let twin = try IntegerTwin(example.graph())
    #expect(try twin.relativeError() <= 0.05, "\(twin.names)")
    #expect(try twin.isEmulated())
  }

  @Test func randomGraphsAnswerNearlyAsFloat32() throws {
    var errors: [Double] = []
    for seed in 0..<80 as Range<UInt64> {
      let graph = try RandomGraph.make(seed: seed)
      let twin = try IntegerTwin(
        graph, levels: [nil, 2, 16, 256][Int(seed % 4)], width: seed % 3 == 0 ? .int8 : .int16, samples: 12)
      #expect(try twin.isEmulated(), "seed \(seed)")
      errors.append(try twin.relativeError())
    }
    errors.sort()
    #expect(errors[40] <= 0.02 && errors[72] <= 0.1, "\(errors)")
  }

  @Test(arguments: [IntegerWidth.int8, .int16])
  func weightsWithoutATableGetOne(width: IntegerWidth) throws {
    var net = NetBuilder(seed: 3)
    let x = try net.activation(.relu, try net.dense(net.input([40]), to: 30))
    net.output(try net.dense(x, to: 10))
    let twin = try IntegerTwin(net.graph, levels: nil, width: width)
    #expect(try twin.relativeError() <= 0.02)
  }

  @Test func aLayerWithoutSurvivorsAnswersItsBiases() throws {
    var net = NetBuilder(seed: 3)
    net.output(try net.dense(try net.dense(net.input([6]), to: 5), to: 3))
    let twin = try IntegerTwin(net.graph, levels: nil, sparsity: 1)
    #expect(try twin.largestError() <= 0.6)
  }
}

/// What runs inside what, and where values lie.
struct IntegerPlanTests {
  private func twin(
    scale: Double? = nil, _ build: (inout NetBuilder) throws -> Void
  ) throws -> IntegerTwin {
    var net = NetBuilder(seed: 1)
    try build(&net)
    return try IntegerTwin(net.graph, scale: scale)
  }

  @Test func aRectifierIsTheTypeOfWhatItFollows() throws {
    let twin = try twin { net in
      let x = try net.activation(.relu, try net.convolution(net.input([2, 4, 4]), to: 3, .square))
      net.output(try net.dense(try net.node(.reshape([48]), x), to: 4))
    }
    #expect(twin.names == ["convolution i8 u8", "dense u8 i8"])
  }

  @Test func aClipFromZeroIsTheTypeAndItsScale() throws {
    let twin = try twin { net in
      let x = try net.dense(net.input([8]), to: 30)
      net.output(try net.activation(.clip(low: 0, high: 0.5), x))
    }
    #expect(twin.names == ["dense i8 u8"] && twin.model.outputs[0].scale <= 0.5 / 255)
    #expect(try twin.largestError() <= 1)
  }

  @Test func otherFunctionsAreMapsInPlace() throws {
    let twin = try twin { net in
      net.output(try net.activation(.sigmoid, try net.dense(net.input([8]), to: 8)))
    }
    #expect(twin.names == ["dense i8 i8", "map i8 u8"] && twin.model.arenaBytes == 16)
  }

  @Test func anAdditionRunsInTheConvolutionThatItAloneReads() throws {
    let twin = try twin { net in
      let x = try net.activation(.relu, try net.convolution(net.input([2, 6, 6]), to: 4, .square))
      let y = try net.activation(.relu, try net.convolution(x, to: 4, .square))
      let z = try net.convolution(y, to: 4, .square)
      net.output(try net.activation(.relu, try net.node(.binary(.add), x, z)))
    }
    #expect(
      twin.names == ["convolution i8 u8", "convolution u8 u8", "convolution with residual u8 u8"])
    guard case .integer(let last) = twin.model.steps[2],
      case .convolution(let step) = last.form, let residual = step.finish
    else {
      Issue.record("no residual")
      return
    }
    #expect(residual.place == step.y && last.bIsSigned == false)
    #expect(try twin.largestError() <= 6)
  }

  @Test func aResidualThatTheConvolutionReadsStaysWhereItIs() throws {
    let twin = try twin { net in
      let x = try net.activation(.relu, try net.convolution(net.input([2, 6, 6]), to: 4, .square))
      net.output(try net.node(.binary(.add), try net.convolution(x, to: 4, .square), x))
    }
    #expect(twin.names == ["convolution i8 u8", "convolution with residual u8 i8"])
    #expect(try twin.largestError() <= 4)
  }

  @Test func anAdditionOfOtherShapesIsAStep() throws {
    let twin = try twin { net in
      let x = net.input([2, 6, 6])
      net.output(
        try net.node(.binary(.add), try net.convolution(x, to: 4, .square), net.input([4, 1, 1])))
    }
    #expect(twin.names == ["convolution i8 i8", "binary i8 i8 i8"])
  }

  @Test func partsOfAConcatenationHaveOneType() throws {
    let twin = try twin { net in
      let x = net.input([8])
      let y = try net.activation(.relu, try net.dense(x, to: 8))
      net.output(try net.node(.concat(axis: 0), y, try net.dense(x, to: 8)))
    }
    #expect(Set(twin.names) == ["dense i8 i8", "map i8 i8", "copy i8 i8"])
  }

  @Test func givenScalesArePutApartBeforeAConcatenation() throws {
    let twin = try twin(scale: 1.0 / 255) { net in
      let x = net.input([8])
      let y = try net.node(.softmax(axis: 0), try net.dense(x, to: 8))
      net.output(try net.node(.concat(axis: 0), x, y, try net.dense(x, to: 4)), y)
    }
    #expect(twin.model.inputs[0].tensor.scale == 1.0 / 255)
    #expect(twin.model.outputs[1].scale == 1.0 / 255 && twin.model.outputs[1].type == .uint8)
    #expect(twin.names.filter { $0 == "map u8 i8" }.count == 2)
    #expect(try twin.largestError() <= 3)
  }

  @Test func aMeanOfWholePlanesHasAScaleOfItsOwn() throws {
    let twin = try twin { net in
      let x = try net.activation(.relu, net.input([3, 6, 6]))
      net.output(try net.node(.averagePool(Window(kernel: [6, 6]), countsPadding: false), x))
    }
    #expect(twin.names == ["map i8 u8", "global-average-pool u8 u8"])
    #expect(twin.model.outputs[0].scale < 0.5 * twin.model.inputs[0].tensor.scale)
    #expect(try twin.largestError() <= 2)
  }

  @Test func fourElementsTakeAWord() throws {
    let twin = try twin { net in
      net.output(try net.dense(try net.activation(.tanh, net.input([10])), to: 5))
    }
    #expect(twin.model.arenaBytes == 12 + 8)
  }
}
