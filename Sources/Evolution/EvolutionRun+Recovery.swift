// Survivors that take over what lost weights contributed, as trials are judged and winners zeroed.

import Execution
import ModelGraph
import Trials

extension EvolutionRun {
  /// For each layer of a pool, who moves its survivors so that they take over what others
  /// contributed; nil for convolutions in groups and layers of several nodes, whose filters see different inputs.
  func compensations(_ pool: Pool) throws(ExecutionError) -> [Compensation?] {
    var found: [Compensation?] = []
    for index in pool.layers {
      let layer = layers[index]
      guard layer.groups == 1, layer.columns > 0, !layer.isShared else {
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
}
