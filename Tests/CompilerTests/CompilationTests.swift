import Blob
import Compiler
import Datasets
import Evolution
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Quantization
import Tables
import Tensors
import Testing
import Verification

/// A model in, a blob out, in one go or in several.
struct CompilationTests {
  // MARK: The same bytes

  @Test(arguments: EvolutionMethod.allCases)
  func theSameSeedGivesTheSameBytes(method: EvolutionMethod) throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.evolution.method = method
    try bench.compile(options, to: "a.kgl")
    try bench.compile(options, to: "b.kgl")
    #expect(try bench.bytes("a.kgl") == bench.bytes("b.kgl"))
    options.evolution.seed = 6
    try bench.compile(options, to: "c.kgl")
    #expect(try bench.bytes("a.kgl") != bench.bytes("c.kgl"))
  }

  @Test(arguments: ["classifier", "autoencoder"])
  func aRunThatIsStoppedAnywhereEndsInTheSameBytes(name: String) throws {
    let bench = try Workbench()
    let options = try bench.options(name == "classifier" ? .classifier() : .autoencoder())
    let whole = Watcher()
    _ = try Compilation(options: options, observer: whole).compile(to: bench.path("whole.kgl"))
    let expected = try bench.bytes("whole.kgl")
    var random = SeededGenerator(seed: 7)
    let last = whole.questions - 1
    let moments =
      [0, 1, 2, last - 1, last]
      + (0..<7).map { _ in Int.random(in: 3..<last - 1, using: &random) }
    for moment in moments {
      let compilation = try Compilation(options: options, observer: Watcher(stoppingAfter: moment))
      compilation.checkpointPath = bench.path("run.ckpt")
      #expect(throws: CompilerError.interrupted(checkpoint: bench.path("run.ckpt"))) {
        try compilation.compile(to: bench.path("out.kgl"))
      }
      let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
      _ = try resumed.compile(to: bench.path("out.kgl"))
      #expect(try bench.bytes("out.kgl") == expected, "stopped at question \(moment)")
    }
  }

  @Test func aRunThatIsStoppedAgainAndAgainEndsInTheSameBytes() throws {
    let bench = try Workbench()
    let options = try bench.options()
    try bench.compile(options, to: "whole.kgl")
    let first = try Compilation(options: options, observer: Watcher(stoppingAfter: 1))
    first.checkpointPath = bench.path("run.ckpt")
    #expect(throws: CompilerError.self) { try first.compile(to: bench.path("out.kgl")) }
    var stops = 1
    while true {
      // Each time a little further, so that it comes to an end.
      let watcher = Watcher(stoppingAfter: 2 + 12 * (stops / 3))
      let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: watcher)
      do {
        _ = try resumed.compile(to: bench.path("out.kgl"))
        break
      } catch {
        #expect(error == .interrupted(checkpoint: bench.path("run.ckpt")))
        stops += 1
      }
      try #require(stops < 200)
    }
    #expect(stops > 5)
    #expect(try bench.bytes("out.kgl") == bench.bytes("whole.kgl"))
  }

  @Test(arguments: [0.3, 1.0, 2.5])
  func aRunBoundedByTimeIsReplayedByItsSchedule(seconds: Double) throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.evolution.retraining.stepsPerCycle = 400
    options.evolution.trials = 40
    options.evolution.retraining.finalSteps = 5000
    options.tableSteps = 1000
    options.maxSeconds = seconds
    let bounded = try bench.compile(options, to: "bounded.kgl")
    options.maxSeconds = nil
    options.evolution.schedule = bounded.schedule
    let replayed = try bench.compile(options, to: "replayed.kgl")
    #expect(replayed.schedule == bounded.schedule)
    #expect(try bench.bytes("replayed.kgl") == bench.bytes("bounded.kgl"))
  }

  @Test func aBoundedRunThatWasStoppedIsReplayedToo() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.evolution.retraining.finalSteps = 3000
    options.maxSeconds = 1.5
    // The question is asked before every step; this is among the final ones.
    let watcher = Watcher(stoppingAfter: 160)
    let compilation = try Compilation(options: options, observer: watcher)
    compilation.checkpointPath = bench.path("run.ckpt")
    var report: CompileReport
    do {
      report = try compilation.compile(to: bench.path("bounded.kgl"))
    } catch {
      #expect(error == .interrupted(checkpoint: bench.path("run.ckpt")))
      report = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
        .compile(to: bench.path("bounded.kgl"))
    }
    options.maxSeconds = nil
    options.evolution.schedule = report.schedule
    try bench.compile(options, to: "replayed.kgl")
    #expect(try bench.bytes("replayed.kgl") == bench.bytes("bounded.kgl"))
  }

  @Test(arguments: [1e-3, 1e30, .infinity])
  func anyLimitOfTimeWill(seconds: Double) throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.maxSeconds = seconds
    let report = try bench.compile(options)
    #expect(report.blobBytes == (try bench.bytes("out.kgl").count))
  }

  @Test func everyWayToPlaceLevelsIsTaken() throws {
    let bench = try Workbench()
    let blobs = try TableMethod.allCases.map { method in
      var options = try bench.options()
      options.tableMethod = method
      options.tableSteps = 0
      try bench.compile(options, to: "tables.kgl")
      return try bench.bytes("tables.kgl")
    }
    #expect(Set(blobs).count == blobs.count)
  }

  @Test func theStagesGiveTheBytesOfCompile() throws {
    let bench = try Workbench()
    let options = try bench.options(.autoencoder())
    try bench.compile(options, to: "whole.kgl")
    let evolving = try Compilation(options: options, observer: Watcher())
    evolving.checkpointPath = bench.path("run.ckpt")
    let evolved = try evolving.evolve()
    #expect(evolved.stage == "evolved" && abs(evolved.sparsity - 0.8) < 0.02)
    let quantizing = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
    quantizing.checkpointPath = bench.path("tables.ckpt")
    #expect(try quantizing.quantize().stage == "quantized")
    let encoding = try Compilation(resuming: bench.path("tables.ckpt"), observer: Watcher())
    _ = try encoding.encode(to: bench.path("staged.kgl"), evaluating: true)
    let expected = try bench.bytes("whole.kgl")
    #expect(try bench.bytes("staged.kgl") == expected)
    // Without samples all but what was measured on them.
    _ = try encoding.encode(to: bench.path("unmeasured.kgl"))
    var model = try BlobReader.read(Array(expected))
    var provenance = try #require(try model.provenance())
    #expect(provenance.divergence?.kind == .squaredError)
    provenance.divergence = nil
    model.ancillary = [provenance.section]
    #expect(try BlobReader.read(Array(bench.bytes("unmeasured.kgl"))) == model)
    // From what evolve left, compile goes on by itself.
    _ = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
      .compile(to: bench.path("resumed.kgl"))
    #expect(try bench.bytes("resumed.kgl") == expected)
  }

  // MARK: What is asked for

  @Test func sparsityZeroKeepsTheZerosItFinds() throws {
    let bench = try Workbench()
    var options = try bench.options(.deadLayer())
    options.sparsity = 0
    let report = try bench.compile(options)
    #expect(report.layers.map(\.survivors) == [24, 0, 15])
    #expect(report.cycles.isEmpty && report.schedule.finalSteps == 0)
    #expect(try #require(report.relativeDifference) <= 1e-4)
  }

  @Test func zerosStayZerosUnderAnySparsity() throws {
    let bench = try Workbench()
    var options = try bench.options(.deadLayer())
    options.sparsity = 0.6
    let report = try bench.compile(options)
    let alive = report.layers.map(\.survivors)
    // Of 69 weights 41 are to go, and 30 of them are gone from the beginning.
    #expect(alive[1] == 0 && abs(alive[0] + alive[2] - 28) <= 3)
  }

  @Test func aLayersOwnSparsityTouchesThatLayerOnly() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = nil
    options.layerSparsity = ["fc1": 0.75]
    let report = try bench.compile(options)
    #expect(report.layers.map(\.name) == ["conv", "fc1", "fc2"])
    #expect(report.layers.map(\.survivors) == [36, 216, 120])
  }

  @Test func aLayersOwnSparsityIsKeptBesideTheTotal() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = 0.8
    options.layerSparsity = ["conv": 0, "fc2": 0.5]
    let report = try bench.compile(options)
    #expect(report.layers[0].survivors == 36 && report.layers[2].survivors == 60)
    let total = report.layers.reduce(0) { $0 + $1.parameters }
    #expect(abs(report.sparsity - 0.8) * Double(total) <= 3)
  }

  @Test func levelsAreAsAskedForEachLayer() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.levels = .table(4)
    options.layerLevels = ["conv": .float, "fc2": .table(3)]
    let report = try bench.compile(options)
    #expect(report.layers.map(\.levels) == [nil, 4, 3])
    #expect(try #require(report.relativeDifference) <= 1e-4)
  }

  @Test func floatLevelsKeepEveryWeight() throws {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    (options.sparsity, options.levels) = (0, .float)
    try bench.compile(options)
    let graph = try ModelLoader.load(path: options.model).graph
    let blob = try BlobReader.read(Array(try bench.bytes("out.kgl")))
    for (layer, weights) in zip(graph.layers, blob.steps.compactMap(\.weights)) {
      #expect(weights.levelled.dense() == graph[layer.weight].tensor.values)
      #expect(weights.biases.values == graph[try #require(layer.bias)].tensor.values)
    }
  }

  @Test func moreTableStepsDoNotHarm() throws {
    let bench = try Workbench()
    func divergence(_ steps: Int) throws -> Double {
      var options = try bench.options()
      options.tableSteps = steps
      let compilation = try Compilation(options: options, observer: Watcher())
      compilation.checkpointPath = bench.path("\(steps).ckpt")
      _ = try compilation.evolve()
      return try #require(try compilation.quantize().divergence)
    }
    let (none, some) = (try divergence(0), try divergence(200))
    // Biases of a byte may cost each a five-hundredth.
    #expect(some <= none * 1.01)
  }

  // MARK: What is reported

  @Test(arguments: ["classifier", "autoencoder", "two", "shared", "dead", "rows"])
  func figuresAreThoseOfTheBlob(name: String) throws {
    let models: [String: TinyModel] = [
      "classifier": .classifier(), "autoencoder": .autoencoder(), "two": .twoByTwo(),
      "shared": .sharedMatrix(), "dead": .deadLayer(), "rows": .rowsOfAnImage(),
    ]
    let bench = try Workbench()
    var options = try bench.options(try #require(models[name]))
    options.sparsity = 0.5
    options.test = DataOptions(path: "random:33")
    let report = try bench.compile(options)
    let bytes = try bench.bytes("out.kgl")
    #expect(report.blobBytes == bytes.count)
    let graph = try ModelLoader.load(path: options.model).graph
    #expect(report.teacherParameters == graph.parameterCount)
    #expect(report.ratio == Double(4 * graph.parameterCount) / Double(bytes.count))
    #expect(report.samples == 33)
    #expect(try #require(report.relativeDifference) <= 1e-4)
    #expect(try #require(report.maxAbsoluteDifference) < 1e-3)
    // Weights of dead units survive evolution, and are not in the blob.
    let written = try BlobReader.read(Array(bytes)).steps.compactMap(\.weights)
    #expect(zip(report.layers, written).allSatisfy { $0.survivors >= $1.positions.count })
    if name == "dead" { #expect(written.allSatisfy { $0.positions.isEmpty }) }
    #expect(report.layers.reduce(0) { $0 + $1.bytes } < bytes.count)
    #expect(report.arenaBytes >= report.arenaLowerBound)
    #expect(report.arenaBytes == (try EdgeWorkers(Array(bytes), threads: 1).arenaBytes))
    let alive = report.layers.reduce(0) { $0 + $1.survivors }
    let total = report.layers.reduce(0) { $0 + $1.parameters }
    #expect(abs(report.sparsity - (1 - Double(alive) / Double(total))) < 1e-12)
  }

  @Test func accuracyOfValuesIsOneLessTheRelativeRootMeanSquare() throws {
    let bench = try Workbench()
    var options = try bench.options(.autoencoder())
    let samples = Dataset.random(count: 40, sampleShape: [8], seed: 3).samples(0..<40)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("test.npy")))
    options.test = DataOptions(path: bench.path("test.npy"))
    let report = try bench.compile(options)
    #expect(report.task == .regression && report.teacherAccuracy == nil)
    let teacher = try Executor(graph: ModelLoader.load(path: options.model).graph)
      .run(inputs: [samples])[0].values
    let edge = try EdgeWorkers(Array(try bench.bytes("out.kgl")), threads: 2)
      .run([samples], count: 40)[0]
    let squares = zip(edge, teacher).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let size = teacher.reduce(0.0) { $0 + Double($1) * Double($1) }
    let expected = 1 - (squares / size).squareRoot()
    #expect(abs(try #require(report.agreement) - expected) < 1e-9)
    #expect(report.edgeAccuracy == nil && report.lossName == "points of 1 - RMS error lost")
    #expect(abs(try #require(report.loss) - 100 * (1 - expected)) < 1e-7)
    #expect(expected < 1 && expected > 0)
  }

  @Test func accuracyOfClassesIsByLabelsAndAgreementByTheTeacher() throws {
    let bench = try Workbench()
    var options = try bench.options()
    let samples = Dataset.random(count: 60, sampleShape: [1, 6, 6], seed: 3).samples(0..<60)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("test.npy")))
    let teacher = try Executor(graph: ModelLoader.load(path: options.model).graph)
      .run(inputs: [samples])[0]
    func answers(_ values: [Float]) -> [Int] {
      (0..<60).map { sample in
        let classes = values[sample * 5..<(sample + 1) * 5]
        return (classes.indices.max { classes[$0] < classes[$1] } ?? 0) - sample * 5
      }
    }
    // Every third label is another than the teacher's answer.
    let labels = answers(teacher.values).enumerated().map { $0 % 3 == 0 ? ($1 + 1) % 5 : $1 }
    try bench.write(labels.map { "\($0)\n" }.joined(), to: "labels.txt")
    options.test = DataOptions(path: bench.path("test.npy"), labels: bench.path("labels.txt"))
    let report = try bench.compile(options)
    let edge = answers(
      try EdgeWorkers(Array(try bench.bytes("out.kgl")), threads: 2).run([samples], count: 60)[0])
    func share(_ a: [Int], _ b: [Int]) -> Double {
      Double(zip(a, b).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }) / 60
    }
    #expect(report.task == .classification && report.teacherAccuracy == 40.0 / 60)
    #expect(report.edgeAccuracy == share(edge, labels))
    #expect(report.agreement == share(edge, answers(teacher.values)))
  }

  @Test func whatIsDoneToSamplesIsInTheBlob() throws {
    let bench = try Workbench()
    let samples = Dataset.random(count: 50, sampleShape: [1, 6, 6], seed: 3).samples(0..<50)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("data.npy")))
    var options = try bench.options()
    options.data = DataOptions(path: bench.path("data.npy"), scale: [0.5], mean: [3])
    try bench.compile(options)
    let blob = try BlobReader.read(Array(try bench.bytes("out.kgl")))
    #expect(blob.inputs[0].transform.scales == [0.5] && blob.inputs[0].transform.means == [3])
    options.data = DataOptions(path: "random:50")
    try bench.compile(options)
    let plain = try BlobReader.read(Array(try bench.bytes("out.kgl")))
    #expect(plain.inputs[0].transform == BlobTransform())
  }

  @Test func theBundledSampleCompiles() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let bench = try Workbench()
    var options = CompileOptions(
      model: package.appendingPathComponent("Samples/fashion-cnn/fashion-cnn-small.onnx").path)
    options.sparsity = 0
    options.test = DataOptions(path: "random:16")
    let compilation = try Compilation(options: options, observer: Watcher())
    let report = try compilation.encode(to: bench.path("out.kgl"), evaluating: true)
    #expect(try #require(report.relativeDifference) <= 1e-4)
    #expect(report.ratio > 5)
  }
}
