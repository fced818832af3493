// Trials by sparse difference against the whole layer product of each, on several networks.

@testable import Datasets
@testable import Evolution
import Foundation
@testable import ModelGraph
@testable import Trials

/// Test images of MNIST, where the shared data are there.
private func mnistImages() throws -> SampleSet? {
  guard let folder = ProcessInfo.processInfo.environment["KINGLET_SHARED"] else { return nil }
  let path = folder + "/data/mnist/t10k-images-idx3-ubyte.gz"
  guard FileManager.default.fileExists(atPath: path) else { return nil }
  return SampleSet(
    [try Dataset.load(path: path).prefix(TrialBenchmark.samples)], elementCounts: [784])
}

private func trialBenchmarks() throws -> [TrialBenchmark] {
  let mnist = try denseNetwork(inputs: 784, hidden: 128)
  let fashion = try denseNetwork(inputs: 3136, hidden: 512)
  let images = try mnistImages()
  var benchmarks: [TrialBenchmark] = []
  for step in [0.05, 0.01] {
    for kind in [DivergenceKind.distribution, .squaredError] {
      var benchmark = TrialBenchmark(
        name: "dense 784-128, to 10", graph: mnist, kind: kind, step: step, trials: 480)
      if kind == .distribution { benchmark.torch = ["dense", "784", "128"] }
      benchmarks.append(benchmark)
      guard let images else { continue }
      (benchmark.name, benchmark.data, benchmark.torch) = ("same, images of MNIST", images, nil)
      benchmarks.append(benchmark)
    }
    benchmarks.append(
      TrialBenchmark(
        name: "dense 3136-512, to 10", graph: fashion, step: step, trials: 64,
        torch: ["dense", "3136", "512"]))
  }
  for (channels, head) in [(32, Head.mean), (64, .mean), (64, .dense), (32, .convolution)] {
    benchmarks.append(
      TrialBenchmark(
        name: "conv \(channels)-64 on 14 x 14, \(head.rawValue)",
        graph: try convolutionNetwork(channels, head), step: 0.01, trials: 16,
        torch: head == .mean ? ["conv", "\(channels)", "-"] : nil))
  }
  return benchmarks
}

/// Runs the trials whose title holds `wanted`; all, and the peak of memory too, where it is empty.
func compareTrials(_ wanted: String) throws {
  let cores = ProcessInfo.processInfo.activeProcessorCount
  let samples = TrialBenchmark.samples
  print("ratios within this run; 2 threads, \(cores) cores; \(samples) samples a trial")
  print("trials by sparse difference against the whole layer product of each:")
  var rates: [(TrialBenchmark, Double)] = []
  for benchmark in try trialBenchmarks() where wanted.isEmpty || benchmark.title.contains(wanted) {
    rates.append((benchmark, try benchmark.run()))
  }
  if wanted.isEmpty { try printPeakMemory() }
  if Torch.isThere {
    print("and against the same in PyTorch, two threads:")
    for (benchmark, rate) in rates { benchmark.compareWithTorch(rate) }
  } else {
    print("PyTorch: not installed (KINGLET_PYTHON names the Python that has it)")
  }
}
