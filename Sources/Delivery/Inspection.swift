// What a file holds.

import Blob
import Compiler
import Die
import Edge
import Files
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Planning
import Tensors
import Verification

public enum Inspection {
  /// Whether a file is not a blob and so is taken for a model: by its first bytes.
  public static func isModel(_ path: String) -> Bool {
    InputFile.beginning(of: path, 4) != BlobFormat.magic && !path.hasSuffix(".kgl")
  }

  /// A model's layers, shapes, parameters and operators; of a Darknet configuration without weights what it says.
  public static func model(_ path: String, axes: ModelAxes = [:]) throws(CompilerError)
    -> ModelReport
  {
    if let outline = try opening({ () throws(IntakeError) in try Teacher.outline(path, axes: axes) }) {
      return ModelReport(path: path, outline)
    }
    let model = try opening { () throws(IntakeError) in
      try Teacher.loaded(path, axes: axes, as: .network)
    }
    var report = ModelReport(path: path, graph: model.graph, whyFloats: model.whyFloats)
    if axes.stream != nil {
      let window = try opening { () throws(IntakeError) in try Teacher.loaded(path, axes: axes.ofWindow, as: .network) }
      report.frame = FrameReport(window: window.graph, frame: model.graph)
    }
    return report
  }

  /// A blob's ledger, and what a target holds of it where one is given.
  ///
  /// - Parameter tableBits: index bits of the C runtime's look-up tables; nil: as the target says, or the runtime by itself.
  public static func blob(
    _ path: String, on target: TargetProfile? = nil, tableBits: Int? = nil
  ) throws(CompilerError) -> BlobReport {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    var target = target
    if let tableBits { target?.tableBits = tableBits }
    return try CompilerError.naming(path) { () throws(CompilerError) in
      let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(blob.bytes) }
      let arena = try ArenaReport(blob, runtime, on: target, tableBits: tableBits)
      var report = BlobReport(path: path, blob, runtime, arena, on: target)
      if let target { report.die = try die(of: blob, on: target) }
      return report
    }
  }

  /// A die with banks is told of with the rows dealt to it, as it would be given them: as another target has them they mean
  /// nothing to it.
  private static func die(of blob: DecodedBlob, on target: TargetProfile) throws(CompilerError) -> DieReport {
    guard target.parameters.kind == .banks, !blob.model.isPlaced(on: target),
      let dealt = try? blob.dealtAnew(on: target, options: CodingOptions(.size))
    else { return try DieReport.of(blob, on: target) }
    var report = try DieReport.of(dealt, on: target)
    report.placement = "the file's rows are not dealt to the lanes and banks of \(target.name), as for another target: what follows is of "
      + "them dealt anew, as emit-banks and compile --target do"
    return report
  }
}

/// What `inspect` says of a model.
public struct ModelReport: Codable, PrintableReport, Sendable {
  public static let reportName = "model"

  public struct Node: Codable, Sendable {
    /// The node's, as in the file.
    public var name: String
    /// What it computes.
    public var `operator`: String
    /// Shape of each of its inputs, of one sample.
    public var inputs: [[Int]]
    /// Shape of its output, of one sample.
    public var output: [Int]
    /// Trained numbers of the node.
    public var parameters: Int
    /// Rows and columns of its weights as a matrix of filters, where it is a layer.
    public var filters: [Int]?
    /// Share of its weights that are zero, where it is a layer.
    public var sparsity: Double?
  }

  /// Path of the model.
  public var path: String
  /// Shape of each input, in the file's order of axes where that is said.
  public var inputs: [[Int]]
  /// Shape of each output, in the file's order of axes where that is said.
  public var outputs: [[Int]]
  /// What the elements of each input are, and what one of 1 stands for.
  public var inputTypes: [ElementReport]
  /// What the elements of each output are, and what one of 1 stands for.
  public var outputTypes: [ElementReport]
  /// What is kept from one frame to the next; nil: nothing.
  public var states: [StateReport]?
  /// What a frame takes beside the window that it is a part of; nil: there is no window.
  public var frame: FrameReport?
  /// Trained numbers of the whole network.
  public var parameters: Int
  /// What is computed, in order.
  public var nodes: [Node]
  /// How often each operator occurs.
  public var operators: [String: Int]
  /// Outputs of the file that are left out, and why, a sentence each.
  public var omissions: [String]
  /// Of a quantized file that is computed in float32: why, in a sentence.
  public var whyFloats: String?
  /// How outputs of a detector are read as boxes; nil for other networks.
  public var heads: [DetectionHead]?
  /// Of a configuration without weights: that it is one, in a sentence.
  public var missing: String?

  /// Of a Darknet configuration without weights; its nodes are its sections.
  init(path: String, _ outline: ModelOutline) {
    self.path = path
    (inputs, outputs) = ([outline.input], outline.outputs)
    inputTypes = inputs.map { _ in .float32 }
    outputTypes = outputs.map { _ in .float32 }
    parameters = outline.parameterCount
    omissions = []
    nodes = outline.layers.map { layer in
      Node(
        name: layer.name, operator: layer.type, inputs: layer.inputs, output: layer.output,
        parameters: layer.parameters, filters: layer.filters, sparsity: nil)
    }
    operators = nodes.reduce(into: [:]) { $0[$1.operator, default: 0] += 1 }
    missing = "layers alone, as the configuration says them: \(outline.missingWeights) is not there (weights of "
      + "\(outline.numberCount) numbers belong there, or are named with --weights)"
  }

  init(path: String, graph: Graph, whyFloats: String?) {
    (self.path, self.whyFloats) = (path, whyFloats)
    (inputs, outputs) = (graph.sampleInputs.map { graph[$0].shape }, graph.sampleOutputs.map { graph[$0].shape })
    inputTypes = graph.sampleInputs.map { ElementReport($0, in: graph) }
    outputTypes = graph.sampleOutputs.map { ElementReport($0, in: graph) }
    states = StateReport.list(graph)
    parameters = graph.parameterCount
    omissions = graph.omissions
    heads = graph.heads.isEmpty ? nil : graph.heads
    let layers = Dictionary(uniqueKeysWithValues: graph.layers.map { ($0.nodeIndex, $0) })
    nodes = graph.nodes.enumerated().map { index, node in
      let trained = node.operation.parameterIDs.map { graph[$0] }.filter { $0.role != .constant }
      let layer = layers[index]
      let weights = layer.map { graph[$0.weight].tensor.values } ?? []
      return Node(
        name: node.name, operator: node.operation.name,
        inputs: node.inputs.map { graph[$0].shape }, output: graph[node.output].shape,
        parameters: trained.reduce(0) { $0 + $1.tensor.count },
        filters: layer.map { [$0.rows, $0.columns] },
        sparsity: layer.map { _ in
          Double(weights.reduce(0) { $0 + ($1 == 0 ? 1 : 0) }) / Double(max(weights.count, 1))
        })
    }
    operators = nodes.reduce(into: [:]) { $0[$1.operator, default: 0] += 1 }
  }

  public var text: String {
    var lines = nodes.map { node in
      let shapes = node.inputs.map { "\($0)" }.joined(separator: ", ")
      var line = node.name.padding(toLength: max(30, node.name.count + 1), withPad: " ", startingAt: 0)
      line += "\(node.operator)  \(shapes) -> \(node.output)"
      if node.parameters > 0 { line += "  \(node.parameters) parameters" }
      if let sparsity = node.sparsity, sparsity > 0 { line += ", \(sparsity.percent) zeros" }
      return line
    }
    lines.insert(contentsOf: [ElementReport.line(inputs, inputTypes, outputs, outputTypes)] + omissions, at: 0)
    lines += (heads ?? []).map(\.text)
    if let states { lines += StateReport.lines(states) }
    if let frame { lines.append(frame.text) }
    lines.append("\(parameters) parameters, \(4 * parameters) bytes as float32")
    if let missing { lines.append(missing) }
    if let whyFloats { lines.append("quantized, and computed in float32, rounded as the file says: \(whyFloats)") }
    return lines.joined(separator: "\n")
  }
}

extension DetectionHead {
  /// One line for people.
  fileprivate var text: String {
    let sizes = anchors.map { "\(Self.short($0.width)) x \(Self.short($0.height))" }.joined(separator: ", ")
    let unit = kind == .yolo ? "pixels of \(inputWidth) x \(inputHeight)" : "cells"
    return "head \(output): \(kind.rawValue), \(anchors.count) anchors (\(sizes) \(unit)), \(classCount) classes"
      + (countedClasses.map { ", of which \($0.count) count" } ?? "")
  }

  private static func short(_ size: Double) -> String { size == size.rounded() ? "\(Int(size))" : "\(size)" }
}

/// What `inspect` says of a blob.
public struct BlobReport: Codable, PrintableReport, Sendable {
  public static let reportName = "blob"

  /// A run of bytes and what it is for.
  public struct Entry: Codable, Sendable {
    /// Which section of the file it is in, as Formats/Blob.md has them.
    public var section: String
    /// What the bytes are for.
    public var what: String
    /// The step it belongs to, from 0.
    public var step: Int?
    /// How many they are.
    public var bytes: Int
    /// For a stream: the bits that its entropy bound allows.
    public var boundBits: Double?
  }

  public struct Step: Codable, Sendable {
    /// Its number, from 0.
    public var step: Int
    /// The step's, by the name that Formats/Blob.md gives it.
    public var `operator`: String
    /// What the layer is called in the model; nil where the blob does not say.
    public var name: String?
    /// Output channels, where it is a layer.
    public var rows: Int?
    /// Inputs of a row, where it is a layer.
    public var columns: Int?
    /// Weights that are not zero, where it is a layer.
    public var survivors: Int?
    /// Levels of its table, where it is a layer with one.
    public var levels: Int?
    /// How it is told where survivors are, where it is a layer.
    public var mask: String?
    /// Bytes of the blob that are there for it, where it is a layer.
    public var bytes: Int?
    /// What computes a layer: `rows` as they are decoded, or of `bytes`; a filter's `sweep`, `tiles`, `depthwise`.
    public var kernel: String?
    /// About how many instructions it takes on ``instructionTarget``.
    public var instructions: Double
    /// Bytes of the blob that are there for it.
    public var flashBytes: Int
    /// Bytes of the arena in use while it runs: values that are alive, and what the C runtime adds for it.
    public var ramBytes: Int
    /// Share of its weights that are zero, where it is a layer.
    public var zeros: Double?
    /// What the C runtime does for it there, each kind so many times (`InstructionCosts.Work`).
    public var work: [String: Double]
  }

  /// Path of the blob.
  public var path: String
  /// Bytes of the whole file.
  public var blobBytes: Int
  /// Bytes of the arena that activations take, as the blob says it.
  public var arenaBytes: Int
  /// What the C runtime asks for: the activations, a decoder and a filter; and what look-up tables of other sizes would take.
  public var arena: ArenaReport
  /// The least that any placing of the activations could take.
  public var arenaLowerBound: Int
  /// Shape of each input, of one sample.
  public var inputs: [[Int]]
  /// Shape of each output, of one sample.
  public var outputs: [[Int]]
  /// What the elements of each input are, and what one of 1 stands for.
  public var inputTypes: [ElementReport]
  /// What the elements of each output are, and what one of 1 stands for.
  public var outputTypes: [ElementReport]
  /// What inputs are called in the model, an empty text where that is not known; nil where the blob does not say.
  public var inputNames: [String]?
  /// What outputs are called in the model, an empty text where that is not known; nil where the blob does not say.
  public var outputNames: [String]?
  /// What is kept from one frame to the next, the first bytes of the arena; nil: nothing.
  public var states: [StateReport]?
  /// Each step of the blob's plan, in order.
  public var steps: [Step]
  /// Whose instructions those of the steps are: the target's where it has its own, else a Cortex-M4F's.
  public var instructionTarget: String
  /// By how much at most estimates of networks were off that its costs were not fitted to, relative.
  public var instructionError: Double
  /// What the blob says that it comes from; nil where it says nothing.
  public var provenance: ProvenanceReport?
  /// The samples that the blob carries; nil: none.
  public var selfTest: SelfTestReport?
  /// Sentences about sections that a reader of the network ignores, and that are malformed.
  public var faults: [String]
  /// Its bytes sum to the file's size.
  public var ledger: [Entry]
  /// The blob on a target, where one was given.
  public var die: DieReport?

  init(path: String, _ blob: DecodedBlob, _ runtime: EdgeRuntime, _ arena: ArenaReport, on target: TargetProfile?) {
    let (model, ledger) = (blob.model, BlobLedger(blob))
    (self.path, self.arena) = (path, arena)
    let costs = target?.instructions ?? .cortexM4F
    instructionTarget = target?.instructions == nil ? InstructionCosts.usualTarget : target?.name ?? ""
    instructionError = costs.error
    blobBytes = ledger.totalBytes
    arenaBytes = model.arenaBytes
    arenaLowerBound = 4 * model.arenaNeed.words
    inputs = model.inputs.map(\.tensor.shape)
    outputs = model.outputs.map(\.shape)
    inputTypes = model.inputs.map { ElementReport($0.tensor) }
    outputTypes = model.outputs.map { ElementReport($0) }
    states = StateReport.list(model)
    let names: BlobNames?
    (provenance, selfTest, names, faults) = Self.proof(of: model, ledger)
    (inputNames, outputNames) = (names?.inputs, names?.outputs)
    let layers = Dictionary(uniqueKeysWithValues: ledger.layers.map { ($0.step, $0) })
    let flash: [Int: Int] = ledger.entries.reduce(into: [:]) { bytes, entry in
      if let step = entry.step { bytes[step, default: 0] += entry.bytes }
    }
    let alive = model.wordsAlive
    let named = names.map { model.layerNames($0.layers) } ?? [:]
    steps = model.steps.enumerated().map { index, step in
      let layer = layers[index]
      let work = StepWork(step, layer, on: costs, tableBits: arena.tableBits)
      let added = arena.choices.isEmpty ? nil : runtime.arena(tableBits: arena.tableBits, step: index)
      return Step(
        step: index, operator: step.name, name: named[index], rows: layer?.rows, columns: layer?.columns,
        survivors: layer?.survivors, levels: layer?.levels, mask: layer.map { "\($0.mask)" },
        bytes: layer?.bytes, kernel: work.kernel?.rawValue, instructions: work.instructions(costs),
        flashBytes: flash[index] ?? 0, ramBytes: 4 * alive[index] + (added.map { $0.tables + $0.filter } ?? 0),
        zeros: layer.map { 1 - Double($0.survivors) / Double(max(1, $0.rows * $0.columns)) },
        work: Dictionary(uniqueKeysWithValues: work.counts.map { ($0.rawValue, $1) }))
    }
    self.ledger = ledger.entries.map { entry in
      Entry(
        section: "\(entry.section)", what: "\(entry.part)", step: entry.step, bytes: entry.bytes,
        boundBits: entry.lane.map { $0.maskBound + $0.valueBound })
    }
  }

  public var text: String {
    var lines = [
      ElementReport.line(inputs, inputTypes, outputs, outputTypes)
        + ", arena \(arenaBytes) bytes (lower bound \(arenaLowerBound))"
    ]
    for (what, names) in [("inputs", inputNames), ("outputs", outputNames)] {
      if let names { lines.append("\(what): " + names.map { $0.isEmpty ? "-" : $0 }.joined(separator: ", ")) }
    }
    if inputNames == nil, faults.isEmpty { lines.append("names: none (compile and encode keep them with --names)") }
    if let states { lines += StateReport.lines(states) }
    lines += arena.lines
    for step in steps {
      let called = step.name.map { " \($0)" } ?? ""
      var line = String(format: "step %3d  ", step.step) + step.operator + called
      if let rows = step.rows, let columns = step.columns, let survivors = step.survivors {
        line += "  \(rows) x \(columns), \(survivors) survivors, "
          + "\(step.levels.map { "\($0) levels" } ?? "float"), mask \(step.mask ?? ""), "
          + "\(step.bytes ?? 0) bytes" + (step.kernel.map { ", by \($0)" } ?? "")
      }
      line += String(format: ", about %.0f instructions", step.instructions)
      lines.append(line)
    }
    lines.append(
      String(format: "about %.0f instructions", steps.reduce(0) { $0 + $1.instructions })
        + " an inference on \(instructionTarget): an estimate, up to "
        + String(format: "%.0f %% off on networks that it was not fitted to", 100 * instructionError)
        + (steps.contains { $0.mask == "columns" } ? "; of layers by columns as if no input were zero" : ""))
    if let provenance { lines.append(provenance.text) }
    if let selfTest { lines.append(selfTest.text) }
    lines += faults
    lines.append("ledger")
    for entry in ledger {
      let name = entry.section + " " + entry.what + (entry.step.map { " of step \($0)" } ?? "")
      var line = name.padding(toLength: max(48, name.count + 1), withPad: " ", startingAt: 0)
      line += String(format: "%9d", entry.bytes)
      if let bound = entry.boundBits { line += String(format: "  (entropy bound %.0f)", bound / 8) }
      lines.append(line)
    }
    lines.append("total".padding(toLength: 48, withPad: " ", startingAt: 0) + String(format: "%9d", blobBytes))
    if let die { lines += [stepTable, die.text] }
    return lines.joined(separator: "\n")
  }
}
