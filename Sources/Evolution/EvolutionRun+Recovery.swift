// Survivors that take over what lost weights contributed, as trials are judged and winners zeroed.

import Execution
import ModelGraph
import Trials

extension EvolutionRun {
  /// For each layer of a pool, who moves its survivors so that they take over what others
  /// contributed; nil for convolutions in groups, whose filters see different inputs.
  func compensations(_ pool: Pool) throws(ExecutionError) -> [Compensation?] {
    var found: [Compensation?] = []
    for index in pool.layers {
      let layer = layers[index]
      guard layer.groups == 1, layer.columns > 0 else {
        found.append(nil)
        continue
      }
      let inputs = try LayerInputs.rows(
        of: layer, in: student, parameters: parameters, samples: samples.training.prefix(512),
        count: 512, threads: settings.threads)
      found.append(Compensation(inputs: inputs, columns: layer.columns))
    }
    return found
  }

  /// The weights that each set leaves after compensation: by set, then by layer of the pool; nil for
  /// layers that lose nothing.
  func recovered(_ sets: [[[Int]]], _ pool: Pool, _ weights: [[Float]])
    throws(ExecutionError) -> [[[Float]?]]
  {
    let compensations = try compensations(pool)
    var results = [[[Float]?]](repeating: pool.layers.map { _ in nil }, count: sets.count)
    try results.withUnsafeMutableBufferPointer { results throws(ExecutionError) in
      nonisolated(unsafe) let results = results
      // As many at a time as there are threads; each writes its own.
      try parallel(settings.threads) { worker throws(ExecutionError) in
        for trial in stride(from: worker, to: sets.count, by: settings.threads) {
          for (place, lost) in sets[trial].enumerated() where !lost.isEmpty {
            results[trial][place] =
              try compensations[place]?.compensated(weights[place], losing: lost)
              ?? weights[place].zeroing(lost)
          }
        }
      }
    }
    return results
  }
}
