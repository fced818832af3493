// Which arrays are a network's inputs, and where its outputs go.

import Blob
import Compiler
import Datasets
import Foundation
import Intake
import Tensors

/// An output of all samples.
struct OutputArray {
  /// Little-endian, row-major.
  let elements: [UInt8]
  let type: NPY.Element
  let shape: [Int]

  init(elements: [UInt8], type: NPY.Element, shape: [Int]) {
    (self.elements, self.type, self.shape) = (elements, type, shape)
  }

  /// - Parameter type: int32 for numbers of places; else float32.
  init(_ tensor: Tensor, type: BlobElementType) {
    let elements = type == .int32
      ? tensor.values.map { Int32($0) }.withUnsafeBytes { Array($0) } : tensor.values.withUnsafeBytes { Array($0) }
    self.init(elements: elements, type: type == .int32 ? .int32 : .float32, shape: tensor.shape)
  }
}

extension NetworkRun {
  /// A path for each input: the files that are given, or the arrays of one NPZ where there are several
  /// inputs. Arrays are those of the inputs' names where it has these, or those that are numbered, arr_0 or
  /// input_0 and so on; else they are in the order of the inputs, and a sentence says so.
  ///
  /// - Parameter names: of the inputs; nil: they have none, as in a blob.
  /// - Throws: a sentence where some of the names are the inputs', and some are not.
  static func arrays(
    _ files: [String], named names: [String]?, count: Int, of path: String
  ) throws(CompilerError) -> (paths: [String], note: String?) {
    if files.count == count { return (files, nil) }
    let present: [String]?
    do { present = files.count == 1 ? try NPZ.names(files[0]) : nil } catch { throw .intake(.data(error)) }
    let inputs = "\(path) has \(count) input\(count == 1 ? "" : "s")"
      + (names.map { " (\($0.joined(separator: ", ")))" } ?? "")
    guard let present else {
      throw .usage(
        reason: "\(inputs) and \(files.count) \(files.count == 1 ? "file is" : "files are") given: give --input for "
          + "each, in that order, or one NPZ with an array for each")
    }
    guard present.count == count else {
      throw .unfit(
        reason: "\(files[0]) has \(present.count) arrays (\(present.joined(separator: ", "))), and \(inputs): give "
          + "one for each")
    }
    let numbered = ["arr_", "input_"].map { prefix in present.indices.map { "\(prefix)\($0)" } }
    if let order = ([names ?? []] + numbered).first(where: { Set($0) == Set(present) }) {
      return (order.map { "\(files[0]):\($0)" }, nil)
    }
    if let names, let known = present.first(where: names.contains) {
      throw .unfit(
        reason: "\(files[0]) has the arrays \(present.joined(separator: ", ")), and \(inputs): \(known) is one of "
          + "them, so call all as the inputs are")
    }
    let wanted = names == nil ? "arr_0, arr_1 and so on" : "as these are"
    let note = "\(files[0]): its arrays \(present.joined(separator: ", ")) are taken in this order as the inputs of "
      + "\(path)\(names.map { " (\($0.joined(separator: ", ")))" } ?? "") in theirs: call them \(wanted) to be sure"
    return (present.map { "\(files[0]):\($0)" }, note)
  }

  /// Writes outputs: all to an NPZ where the file is called so, as arr_0 and so on; else each to an NPY, the first
  /// to the file and the others with a number before its ending.
  ///
  /// - Returns: the files written.
  static func write(_ outputs: [OutputArray], to output: String?) throws(CompilerError) -> [String] {
    guard let output else { return [] }
    do throws(DatasetError) {
      if output.hasSuffix(".npz") {
        let arrays = outputs.enumerated().map { NPZ.Array("arr_\($0)", $1.elements, $1.type, shape: $1.shape) }
        try NPZ.write(arrays, to: URL(fileURLWithPath: output))
        return [output]
      }
      let stem = output.hasSuffix(".npy") ? String(output.dropLast(4)) : output
      let files = outputs.indices.map { $0 == 0 ? output : "\(stem)\($0).npy" }
      for (file, array) in zip(files, outputs) {
        try NPY.write(array.elements, array.type, shape: array.shape, to: URL(fileURLWithPath: file))
      }
      return files
    } catch {
      throw .intake(.data(error))
    }
  }
}
