// The last stage on 8-bit activations: a blob of integer steps.

import Blob
import Calibration
import Datasets
import Evolution
import Lowering
import ModelGraph
import Planning
import Simplification
import Tensors

/// What values between steps are kept as.
public enum ActivationType: String, Equatable, Sendable, Codable, CaseIterable {
  case float32
  /// Bytes with a scale for each tensor: uint8 where nothing is negative, else int8.
  case int8
}

extension Stages {
  /// The blob of a quantized student on integer steps, with tables of bytes where nothing else is told of them.
  func bytewise(_ quantized: Quantized) throws(CompilerError) -> DecodedBlob {
    var options = options
    if options.tableLimit == nil, options.tablePrecision ?? .automatic == .automatic { options.tablePrecision = .int8 }
    let written = try with(options).write(quantized)
    do { return try DecodedBlob(written.bytes) } catch { throw .blob(error) }
  }

  /// The blob of a student on integer steps, its dead units left out.
  func writeIntegers(_ student: Graph, _ layers: [BlobWeights]) throws(CompilerError) -> Written {
    guard options.data != nil || options.calibration != nil else {
      throw .usage(reason: "--activations int8 needs samples to calibrate on: give --data")
    }
    let (graph, layers) = try small(student, layers)
    let student = try integerStudent(graph, layers)
    observer.began("calibrate")
    let form = try chosenForm(student)
    let deployed = try options.deployed(student.graph)
    let lowered = deployed.map { student.lowered(form, as: $0.graph, origins: $0.origins) } ?? student.lowered(form)
    observer.ended(form.summary(of: student.graph, on: options.target))
    do {
      return Written(
        bytes: try bytes(for: lowered.model), model: lowered.model, layers: layers,
        arenaLowerBound: lowered.arenaLowerBound)
    } catch {
      throw .blob(error)
    }
  }

  private func integerStudent(_ graph: Graph, _ layers: [BlobWeights]) throws(CompilerError)
    -> IntegerStudent
  {
    let samples = try samples()
    // Without training both are the same samples.
    let calibrating = [samples.training] + (options.data == nil ? [] : [samples.heldBack])
    let holds = options.ranges != .samples
    let inputs = zip(graph.inputs.enumerated(), transforms).map { input, transform in
      if holds, let held = graph[input.element].held { return IntegerTypes.Input(isSigned: held.lowerBound < 0) }
      return IntegerTypes.Input(calibrating.map { $0.datasets[input.offset] }, transform: transform)
    }
    let ready = graph.readyForIntegers(inputs)
    return try calibrated { () throws(CalibrationError) in
      try IntegerStudent(
        ready, weights: Dictionary(
          uniqueKeysWithValues: zip(ready.layers, layers).flatMap { layer, form in
            layer.uses.map { ($0, form.withoutEmptyTable) }
          }),
        transforms: transforms, types: IntegerTypes(ready, inputs: inputs), samples: calibrating,
        heldBack: samples.heldBack, targets: samples.heldBackTargets,
        objective: samples.objective(of: ready, settings: settings),
        tableLimit: options.tableLimit ?? 127, holding: holds, threads: threads)
    }
  }

  private func chosenForm(_ student: IntegerStudent) throws(CompilerError) -> IntegerForm {
    let wanted = options.tablePrecision
    let width: IntegerWidth = wanted == .int16 ? .int16 : .int8
    let scaled = try calibrated { () throws(CalibrationError) in
      try student.withScales(table: width) { tried, total in
        observer.advanced(tried, of: total, .measurement, "")
        return !observer.shouldStop
      }
    }
    try stopIfAsked()
    return try calibrated { () throws(CalibrationError) in
      var form = scaled
      if options.tableLimit == nil, wanted == nil || wanted == .automatic {
        for node in form.precisions.keys { form.precisions[node]?.table = .int16 }
        form = try student.narrowed(form, \.table, tolerance: 1.01)
      }
      form = try student.narrowed(form, \.multipliers, tolerance: 1.002)
      return try student.narrowed(form, \.biases, tolerance: 1.002)
    }
  }

  private func calibrated<R>(_ body: () throws(CalibrationError) -> R) throws(CompilerError) -> R {
    do { return try body() } catch { throw .calibration(error) }
  }
}

extension IntegerForm {
  /// How many layers have what precision, for people; and which of them a target's kernels of bytes leave out.
  func summary(of graph: Graph, on target: TargetProfile?) -> String {
    let wide = precisions.filter { $0.value.table == .int16 }.keys.sorted()
    let counts = "\(precisions.count - wide.count) layers of int8 tables, \(wide.count) of int16"
    let slow = wide.map { graph.nodes[$0] }.filter { $0.operation.layer?.window != nil }.map { "'\($0.name)'" }
    guard let target, target.instructions?.hasTiles == true, !slow.isEmpty else { return counts }
    return counts + "; \(target.name) has no fast kernel for the convolutions among these, \(slow.joined(separator: ", ")): "
      + "--table-limit 127 gives them int8"
  }
}
