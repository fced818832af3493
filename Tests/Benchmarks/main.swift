// `make bench`: what is fast, as ratios of two things measured in the same run on the same machine.
//
// Each pair is timed in turns and the best of several turns of each is taken, so that a noisy machine
// disturbs both alike. Absolute rates are printed beside the ratios, and belong to this machine only.

import Evolution
import Foundation
import ModelGraph

let cores = ProcessInfo.processInfo.activeProcessorCount
print("ratios within this run; 2 threads, \(cores) cores; \(TrialBenchmark.samples) samples a trial")
print("trials by sparse difference against the whole layer product of each:")

let mnist = try denseNetwork(inputs: 784, hidden: 128)
let fashion = try denseNetwork(inputs: 3136, hidden: 512)
for step in [0.05, 0.01] {
  for kind in [DivergenceKind.distribution, .squaredError] {
    try TrialBenchmark(
      name: "dense 784-128, to 10", graph: mnist, kind: kind, step: step, trials: 480
    ).run()
  }
  try TrialBenchmark(name: "dense 3136-512, to 10", graph: fashion, step: step, trials: 64).run()
}
for (channels, head) in [(32, Head.mean), (64, .mean), (64, .dense), (32, .convolution)] {
  try TrialBenchmark(
    name: "conv \(channels)-64 on 14 x 14, \(head.rawValue)",
    graph: try convolutionNetwork(channels, head), step: 0.01, trials: 16
  ).run()
}
