// `make bench`: what is fast, as ratios of two things measured in the same run on the same machine.
//
// Each pair is timed in turns and the best of several turns of each is taken, so that a noisy machine
// disturbs both alike. Absolute rates are printed beside the ratios, and belong to this machine only.

import Compiler
import Evolution
import Execution
import Foundation
import ModelGraph
import Tensors

/// Seconds of the best of `turns` calls of each.
func best(of turns: Int, _ first: () throws -> Void, against second: () throws -> Void) rethrows
  -> (Double, Double)
{
  let clock = ContinuousClock()
  func seconds(_ body: () throws -> Void) rethrows -> Double {
    let took = try clock.measure(body)
    return Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
  }
  var result = (Double.infinity, Double.infinity)
  for _ in 0..<turns {
    result.0 = min(result.0, try seconds(first))
    result.1 = min(result.1, try seconds(second))
  }
  return result
}

func line(_ name: String, _ ratio: Double, _ detail: String) {
  print(name.padding(toLength: 58, withPad: " ", startingAt: 0) + String(format: "%7.1fx  ", ratio) + detail)
}

/// A dense layer of a classifier: `inputs` to `hidden`, relu, to 10.
func denseNetwork(inputs: Int, hidden: Int) throws -> Graph {
  var generator = SeededGenerator(seed: 1)
  var graph = Graph()
  func parameter(_ name: String, _ role: Parameter.Role, _ shape: [Int]) -> ParameterID {
    let values = (0..<shape.elementCount).map { _ in 0.05 * generator.nextNormal() }
    return graph.addParameter(name: name, role: role, tensor: Tensor(shape: shape, values: values))
  }
  let x = graph.addInput(name: "x", shape: [inputs])
  let first = Dense(
    weight: parameter("w1", .weight, [hidden, inputs]), bias: parameter("b1", .bias, [hidden]))
  let h = try graph.addNode(name: "first", .dense(first), inputs: [x])
  let r = try graph.addNode(name: "relu", .activation(.relu), inputs: [h])
  let second = Dense(weight: parameter("w2", .weight, [10, hidden]), bias: parameter("b2", .bias, [10]))
  graph.addOutput(try graph.addNode(name: "second", .dense(second), inputs: [r]))
  return graph
}

/// A convolution of a classifier: 32 channels of 14 x 14 to 64, relu, mean, to 10.
func convolutionNetwork() throws -> Graph {
  var generator = SeededGenerator(seed: 2)
  var graph = Graph()
  func parameter(_ name: String, _ role: Parameter.Role, _ shape: [Int]) -> ParameterID {
    let values = (0..<shape.elementCount).map { _ in 0.05 * generator.nextNormal() }
    return graph.addParameter(name: name, role: role, tensor: Tensor(shape: shape, values: values))
  }
  let x = graph.addInput(name: "x", shape: [32, 14, 14])
  let convolution = Convolution(
    weight: parameter("w1", .weight, [64, 32, 3, 3]), bias: parameter("b1", .bias, [64]),
    window: Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1]))
  let c = try graph.addNode(name: "first", .convolution(convolution), inputs: [x])
  let r = try graph.addNode(name: "relu", .activation(.relu), inputs: [c])
  let m = try graph.addNode(name: "mean", .spatialMean, inputs: [r])
  let f = try graph.addNode(name: "flat", .reshape([64]), inputs: [m])
  let second = Dense(weight: parameter("w2", .weight, [10, 64]), bias: parameter("b2", .bias, [10]))
  graph.addOutput(try graph.addNode(name: "second", .dense(second), inputs: [f]))
  return graph
}

/// Trials by sparse difference against running the layer and what follows whole for each.
func trials(_ name: String, _ graph: Graph, samples count: Int, step: Double, trials: Int) throws {
  let threads = 2
  let layer = graph.layers[0]
  let shape = graph[graph.inputs[0]].shape
  let data = SampleSet(
    [.random(count: count, sampleShape: shape, seed: 3)], elementCounts: [shape.elementCount])
  let parameters = try ParameterStore(graph)
  let executor = try Executor(graph: graph, threads: threads, parameters: parameters)
  let inputs = data.tensors(0..<count, of: graph)
  let targets = try executor.run(inputs: inputs)
  let evaluator = try TrialEvaluator(
    graph: graph, parameters: parameters, layer: layer, samples: data,
    targets: targets.map(\.values), divergence: .distribution, threads: threads)
  let weights = parameters.values(layer.weight)
  let sets = CandidateSets(
    method: .literal, saliency: [], alive: weights.map { $0 != 0 }, temperature: 0)
  let draw = Int(step * Double(weights.count))
  let candidates = (0..<trials).map {
    sets.draw(count: draw, generator: SeededGenerator(seed: UInt64($0)))
  }
  let loss = Loss.distillation(temperature: 1)
  let (sparse, whole) = try best(of: 3) {
    _ = try evaluator.divergences(of: candidates, weights: weights)
  } against: {
    for candidate in candidates {
      parameters.update(layer.weight) { values in for p in candidate { values[p] = 0 } }
      _ = loss.divergence(student: try executor.run(inputs: inputs), teacher: targets)
      parameters.set(layer.weight, to: weights)
    }
  }
  line(
    "trials, \(name), step \(Int((100 * step).rounded())) %", whole / sparse,
    String(format: "%.0f against %.0f trials/s", Double(trials) / sparse, Double(trials) / whole))
}

print("ratios within this run; 2 threads; \(ProcessInfo.processInfo.activeProcessorCount) cores")
let mlp = try denseNetwork(inputs: 784, hidden: 128)
let wide = try denseNetwork(inputs: 3136, hidden: 512)
let convolution = try convolutionNetwork()
for step in [0.05, 0.01] {
  try trials("dense 784-128, 1000 samples", mlp, samples: 1000, step: step, trials: 120)
  try trials("dense 3136-512, 1000 samples", wide, samples: 1000, step: step, trials: 40)
  try trials("conv 32-64 on 14 x 14, 256 samples", convolution, samples: 256, step: step, trials: 24)
}
