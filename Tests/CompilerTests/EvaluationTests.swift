import Blob
import Compiler
import Datasets
import Evolution
import Foundation
import Intake
import Lowering
import Tensors
import Testing
import Trials

/// Which samples figures are of.
struct EvaluationTests {
  // MARK: Who may see which samples

  private func samples(_ count: Int) -> SampleSet {
    let values = Tensor(shape: [count, 1], values: (0..<count).map(Float.init))
    return SampleSet([Dataset(samples: values)], elementCounts: [1])
  }

  private func numbers(_ set: SampleSet?) -> [Int] {
    set.map { set in set.arrays(at: Array(0..<set.count))[0].map { Int($0) } } ?? []
  }

  @Test(arguments: [
    // samples, held back, kept unseen: training, held back, unseen
    (200, 0.1, 180, 20, 0), (999, 0.1, 899, 100, 0), (1000, 0.1, 700, 100, 200),
    (5000, 0.1, 4000, 500, 500), (20000, 0.1, 16000, 2000, 2000), (40000, 0.1, 36000, 2000, 2000),
    (60000, 0.1, 54000, 2000, 2000), (1000, 0, 800, 800, 200), (3, 0, 3, 3, 0),
  ] as [(Int, Double, Int, Int, Int)])
  func aSampleIsInOnePart(
    count: Int, share: Double, training: Int, heldBack: Int, unseen: Int
  ) {
    let split = DataSplit(samples(count), holdingBack: share, keepsUnseen: true, seed: 3)
    let parts = [numbers(split.training), numbers(split.heldBack), numbers(split.unseen)]
    #expect(parts.map(\.count) == [training, heldBack, unseen])
    #expect(Set(parts[2]).isDisjoint(with: parts[0] + parts[1]))
    if share > 0 { #expect(Set(parts[0]).isDisjoint(with: parts[1])) }
  }

  @Test func whereManyAreHeldBackOthersLoseNothing() {
    let data = samples(60000)
    let with = DataSplit(data, holdingBack: 0.1, keepsUnseen: true, seed: 3)
    let without = DataSplit(data, holdingBack: 0.1, keepsUnseen: false, seed: 3)
    #expect(without.unseen == nil && without.heldBack.count == 6000)
    #expect(numbers(with.training) == numbers(without.training))
    #expect(numbers(with.heldBack) == numbers(without.heldBack.prefix(2000)))
  }

  @Test(arguments: [2, 3, 10])
  func foldsPartTheSamples(count: Int) {
    let folds = samples(23).folds(count, seed: 5)
    #expect(folds.flatMap { numbers($0.own) }.sorted() == Array(0..<23))
    for fold in folds {
      #expect((numbers(fold.own) + numbers(fold.others)).sorted() == Array(0..<23))
      #expect(fold.own.count - 23 / count <= 1)
    }
  }

  // MARK: Figures

  /// Options over samples of a file, all labelled 0.
  private func options(_ bench: Workbench, samples count: Int) throws -> CompileOptions {
    var options = try bench.options()
    let samples = Dataset.random(count: count, sampleShape: [1, 6, 6], seed: 3).samples(0..<count)
    try NPY.write(samples, to: URL(fileURLWithPath: bench.path("data.npy")))
    try bench.write(String(repeating: "0\n", count: count), to: "labels.txt")
    options.data = DataOptions(path: bench.path("data.npy"), labels: bench.path("labels.txt"))
    options.evolution.retraining.finalSteps = 40
    options.tableSteps = 30
    return options
  }

  private func provenance(_ bench: Workbench, _ name: String = "out.kgl") throws -> BlobProvenance {
    try #require(try BlobReader.read(Array(try bench.bytes(name))).provenance())
  }

  @Test func fewSamplesAreCrossFitted() throws {
    let bench = try Workbench()
    var options = try options(bench, samples: 30)
    let report = try bench.compile(options)
    #expect(report.evaluation == .crossFitted && report.samples == 30)
    #expect(report.evaluatedOn?.contains("each answered by a student made without it (10 folds)") == true)
    let intervals = try #require(report.intervals)
    let share = try #require(report.edgeAccuracy)
    #expect(intervals.edgeAccuracy == .init(right: Int((30 * share).rounded()), of: 30))
    #expect(report.text.contains("30 samples are few"))
    #expect(try provenance(bench).divergence?.samples == 30)

    // The student itself is the same however its figures come about.
    options.folds = 0
    let chosen = try bench.compile(options, to: "chosen.kgl")
    #expect(chosen.evaluation == .chosen && chosen.samples == 3)
    #expect(chosen.evaluatedOn == "3 held-back samples, by which it was chosen")
    #expect(try provenance(bench, "chosen.kgl").divergence == nil && chosen.divergence == nil)
    #expect(chosen.text.contains("samples that chose flatter"))
    #expect(chosen.layers == report.layers && chosen.blobBytes == report.blobBytes)

    options.folds = 3
    #expect(try bench.compile(options).evaluatedOn?.contains("(3 folds)") == true)
    options.folds = nil
    options.maxSeconds = 1000
    #expect(try bench.compile(options).evaluation == .chosen)
  }

  @Test func testSamplesAreUsedAlone() throws {
    let bench = try Workbench()
    var options = try options(bench, samples: 30)
    options.test = options.data
    let report = try bench.compile(options)
    #expect(report.evaluation == .test && report.evaluatedOn == "30 test samples")
    options.folds = 5
    #expect(throws: CompilerError.self) { try bench.compile(options) }
  }

  @Test func ofRandomSamplesOthersAreDrawn() throws {
    let bench = try Workbench()
    let options = try bench.options(data: "random:60")
    let report = try bench.compile(options)
    #expect(report.evaluation == .unseen && report.samples == 60)
    #expect(try provenance(bench).divergence?.samples == 60)
  }

  @Test func manySamplesAreKeptUnseen() throws {
    let bench = try Workbench()
    let options = try options(bench, samples: 1100)
    let report = try bench.compile(options)
    #expect(report.evaluation == .unseen && report.samples == 200)
    #expect(report.evaluatedOn == "200 samples that nothing was chosen by")
    #expect(!report.text.contains("are few"))
  }

  @Test func aCrossFittingThatIsStoppedEndsInTheSameBytes() throws {
    let bench = try Workbench()
    let options = try options(bench, samples: 20)
    let whole = Watcher()
    _ = try Compilation(options: options, observer: whole).compile(to: bench.path("whole.kgl"))
    #expect(whole.stages.filter { $0.hasPrefix("fold") }.count == 10)
    for moment in [whole.questions / 2, whole.questions - 1] {
      let stopped = try Compilation(options: options, observer: Watcher(stoppingAfter: moment))
      stopped.checkpointPath = bench.path("run.ckpt")
      #expect(throws: CompilerError.interrupted(checkpoint: bench.path("run.ckpt"))) {
        try stopped.compile(to: bench.path("out.kgl"))
      }
      let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
      _ = try resumed.compile(to: bench.path("out.kgl"))
      #expect(try bench.bytes("out.kgl") == bench.bytes("whole.kgl"))
    }
  }

  @Test func aLimitOfLossSaysWhatItWasHeldOn() throws {
    let bench = try Workbench()
    var options = try options(bench, samples: 30)
    options.folds = 0
    options.limits.loss = 100
    options.sparsity = nil
    let report = try bench.compile(options)
    #expect(report.limitPlace?.hasPrefix("the limit of 100.0 points was held on 3 held-back") == true)
  }
}
