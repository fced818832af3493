import Compiler
import Evolution
import Tensors
import Testing

/// What is said of layers that were about to lose too much, and of runs that ended too early.
struct FloorTests {
  @Test(arguments: EvolutionMethod.allCases)
  func aLayerThatWouldLoseAllKeepsItsBestAndIsNamed(method: EvolutionMethod) throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.evolution.method = method
    options.evolution.drawsAll = method == .literal
    (options.sparsity, options.layerSparsity) = (nil, ["fc2": 0.999, "conv": 0.5])
    let report = try bench.compile(options)
    #expect(report.layers.map(\.survivors) == [report.layers[0].survivors, 864, 1])
    #expect(report.layers[0].remark == nil && report.layers[1].remark == nil)
    let remark = try #require(report.layers[2].remark)
    #expect(remark.hasPrefix("fc2 keeps the best of its 120 weights"))
    #expect(report.text.contains(remark) && report.shortfall == nil)
  }

  @Test func aSmallLayerThatHasWhatWasAskedForIsNotRemarkedOn() throws {
    let bench = try Workbench()
    var model = TinyModel()
    model.input("x", [4])
    model.dense("x", "fc", from: 4, to: 1)
    model.output("fc", [1])
    var options = try bench.options(model)
    options.sparsity = 0.75
    let asked = try bench.compile(options)
    #expect(asked.layers[0].survivors == 1 && asked.layers[0].remark == nil)
    options.sparsity = 0.9
    let more = try bench.compile(options)
    #expect(more.layers[0].survivors == 1 && more.layers[0].remark?.contains("4 weights") == true)
  }

  @Test func aStarvedLayerIsNamedOnceItsFloorIsMet() throws {
    let bench = try Workbench()
    var model = TinyModel()
    model.input("x", [16])
    model.weights("first.w", [24, 16], scale: 1e-4)
    model.node("Gemm", ["x", "first.w"], "first", numbers: ["transB": 1])
    model.node("Relu", ["first"], "relu")
    model.dense("relu", "last", from: 24, to: 20)
    model.output("last", [20])
    var options = try bench.options(model)
    options.evolution.method = .magnitude
    options.evolution.retraining.stepsPerCycle = 0
    options.evolution.retraining.finalSteps = 0
    let report = try bench.compile(options)
    // 173 survive: 40 of 84 rows and columns get more than 384 of 864 weights, half of which is 39.
    #expect(report.layers.map(\.survivors) == [39, 134])
    #expect(report.layers[0].remark?.hasPrefix("first keeps its best 39 of 384 weights") == true)
    #expect(report.layers[1].remark == nil)
    options.evolution.layerFloor = 0
    #expect(try bench.compile(options).layers.map(\.survivors) == [1, 172])
    options.evolution.layerFloor = 1.5
    #expect(throws: CompilerError.usage(reason: "--layer-floor takes 0 to 1")) {
      try bench.compile(options)
    }
  }

  /// The last weight of `second` reads a unit that `first` has cut off, or gives one that nothing
  /// reads.
  @Test func aLayerThatIsCutOffByOthersIsNamed() throws {
    let bench = try Workbench()
    var model = TinyModel()
    model.input("x", [2])
    model.weights("first.w", [2, 2], [1, 0.5, 0.1, 0.2])
    model.node("Gemm", ["x", "first.w"], "first", numbers: ["transB": 1])
    model.weights("second.w", [2, 2], [0.1, 1, 0.3, 0.2])
    model.node("Gemm", ["first", "second.w"], "second", numbers: ["transB": 1])
    model.output("second", [2])
    var options = try bench.options(model)
    options.evolution.method = .magnitude
    options.evolution.retraining.stepsPerCycle = 0
    options.evolution.retraining.finalSteps = 0
    options.sparsity = nil
    options.layerSparsity = ["*": 0.75]
    let report = try bench.compile(options)
    #expect(report.layers.map(\.survivors) == [1, 1])
    for layer in report.layers {
      #expect(layer.remark?.hasPrefix("\(layer.name) has no weight left in the blob") == true)
    }
  }

  /// Of 120 sets of one position the best is one that is zeroed already, were that let.
  @Test func theLiteralMethodReachesItsTargetOnSmallLayers() throws {
    let bench = try Workbench()
    var model = TinyModel()
    model.input("x", [4])
    model.dense("x", "fc", from: 4, to: 5)
    model.output("fc", [5])
    var options = try bench.options(model)
    options.evolution.method = .literal
    options.evolution.drawsAll = true
    (options.evolution.step, options.evolution.trials) = (.share(0.05), 120)
    let report = try bench.compile(options)
    #expect(report.layers[0].survivors == 4 && report.shortfall == nil)
  }
}
