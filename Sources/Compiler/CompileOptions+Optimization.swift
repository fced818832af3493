// What --optimize and --max-instructions come to: a demand on each layer's coding.

import Blob
import Die
import Planning

/// What a blob's layers are coded for, each in its own way.
package struct OptimizationOptions: Equatable, Sendable {
  package var optimization: Optimization?
  package var maxInstructions: Int?
  package var target: TargetProfile?
  /// Of the whole blob; nil: as many as there are.
  package var maxBytes: Int?

  package init(
    _ optimization: Optimization?, maxInstructions: Int?, target: TargetProfile?, maxBytes: Int? = nil
  ) {
    (self.optimization, self.maxInstructions) = (optimization, maxInstructions)
    (self.target, self.maxBytes) = (target, maxBytes)
  }

  /// Why they cannot be met together with a profile, as a sentence; nil where they can.
  package func fault(hasProfile: Bool) -> String? {
    guard optimization != nil || maxInstructions != nil else { return nil }
    if hasProfile {
      return "--profile codes all layers alike, --optimize and --max-instructions each by itself: leave out one of them"
    }
    if maxInstructions != nil && target == nil {
      return "--max-instructions counts those of a processor: give --target (Samples/targets)"
    }
    if let target, target.instructions == nil {
      return "--optimize and --max-instructions need a target whose instructions were counted, and \(target.name) has no "
        + "\"instructions\" (Samples/targets)"
    }
    return nil
  }

  /// What is demanded of each layer, given what is known of their inputs; nil where all layers are coded alike.
  package func demand(_ inputs: MeasuredInputs? = nil) -> LayerDemand? {
    guard optimization != nil || maxInstructions != nil else { return nil }
    return LayerDemand(
      optimization ?? .size, costs: costs, bytes: maxBytes, instructions: maxInstructions.map(Double.init),
      inputs: inputs)
  }

  /// What a blob takes by the costs it was coded by.
  package func estimate(_ blob: DecodedBlob, _ inputs: MeasuredInputs? = nil) -> InstructionEstimate? {
    guard demand() != nil else { return nil }
    return InstructionEstimate(
      blob, costs, target: target?.name ?? InstructionCosts.usualTarget, inputs: inputs)
  }

  private var costs: InstructionCosts { target?.instructions ?? .cortexM4F }
}

extension CompileOptions {
  var layerOptions: OptimizationOptions {
    OptimizationOptions(
      optimization, maxInstructions: maxInstructions, target: target,
      maxBytes: maxBytes)
  }
}
