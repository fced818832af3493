// What a target asks of tables: how many levels a layer has at most, as integers of bytes.

import Blob
import Lowering
import ModelGraph
import Planning
import Quantization
import Tables

extension CompileOptions {
  /// Of a layer at most; nil: as many as there are, and float32.
  var mostLevels: Int? { target?.tables?.levels }

  /// What layers have where nothing else is said.
  var usualLevels: LevelChoice {
    guard let mostLevels, case .table(let usual) = LevelChoice.usual, mostLevels < usual else { return .usual }
    return .table(mostLevels)
  }

  /// The same for its target: one that bounds tables has bytes between steps, and its own limit of integers, unless
  /// something else is said.
  var followingTarget: CompileOptions {
    guard let tables = target?.tables else { return self }
    var options = self
    (options.activations, options.tableLimit) = (activations ?? .int8, tableLimit ?? tables.limit)
    return options
  }

  /// Why the target cannot have the tables that are asked for, as a sentence; nil where it can.
  var targetFault: String? {
    guard let target, let tables = target.tables else { return nil }
    if activations == .float32 {
      return "\(target.name) computes with bytes: leave out --activations float32, or --target"
    }
    if tablePrecision == .int16 {
      return "\(target.name) has tables of bytes: leave out --table-precision int16, or --target"
    }
    if let tableLimit, tableLimit > tables.limit {
      return "--table-limit \(tableLimit) is more than the \(tables.limit) of \(target.name)"
    }
    let told = (levels.map { [$0] } ?? []) + layerLevels.sorted { $0.key < $1.key }.map(\.value)
    return told.first { !$0.isWithin(tables.levels) }.map {
      "\($0.text) levels are more than the \(tables.levels) a layer of \(target.name): ask for no more than these"
    }
  }
}

extension LevelChoice {
  /// Whether it is a table of so many levels at most.
  func isWithin(_ most: Int) -> Bool {
    switch self {
    case .table(let levels): levels <= most
    case .float: false
    }
  }
}

extension Stages {
  /// - Throws: ``CompilerError/unfit(reason:)`` where a layer has more levels than the target.
  func checkTables(_ layers: [BlobWeights]) throws(CompilerError) {
    guard let target = options.target, let most = options.mostLevels else { return }
    for (layer, form) in zip(student.layers, layers) where form.levels.map({ $0 > most }) ?? true {
      let own = form.levels.map { "\($0) levels" } ?? "no table"
      throw .unfit(
        reason: "layer \(layer.name) has \(own), and \(target.name) has \(most) levels a layer: go on with quantize and "
          + "this target, whose tables have no more")
    }
  }
}
