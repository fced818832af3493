// Steps that only move numbers.

import CKernels
import ModelGraph
import Tensors

/// A value in the other layout.
final class ConversionStep: Step {
  /// Planes of the input as it lies in memory: [rows, columns] a sample.
  private let rows: Int
  private let columns: Int

  init(_ workspace: Workspace, input: Slot, output: Slot) {
    let (channels, plane) = (input.shape[0], input.shape[1] * input.shape[2])
    (rows, columns) = input.layout == .rowMajor ? (channels, plane) : (plane, channels)
    super.init(workspace, inputs: [input], output: output)
  }

  override func forward() {
    kx_transpose_planes(output.pointer, inputs[0].pointer, output.batch, rows, columns)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_transpose_planes(destination, outputGradient, output.batch, columns, rows)
  }
}

/// The same numbers, of which the shape may be another: the output's storage is the input's.
final class SameNumbersStep: Step {
  init(_ workspace: Workspace, input: Slot, output: Slot) {
    precondition(input.storage === output.storage)
    super.init(workspace, inputs: [input], output: output)
  }

  override var worksInPlaceBackward: Bool { true }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0], destination != outputGradient else { return }
    destination.update(from: outputGradient, count: output.count)
  }
}

/// A parameter as a value, repeated for each sample of the batch.
final class ConstantStep: Step {
  private let id: ParameterID

  init(_ workspace: Workspace, _ id: ParameterID, output: Slot) {
    self.id = id
    super.init(workspace, inputs: [], output: output)
  }

  override func forward() {
    let (count, source) = (output.sampleCount, workspace.parameter(id))
    for sample in 0..<output.batch {
      (output.pointer + sample * count).update(from: source, count: count)
    }
  }
}

/// Output axis i is input axis permutation[i].
final class TransposeStep: Step {
  /// The loop in the order of the output's memory, batch first.
  private let sizes: [Int64]
  private let outputStrides: [Int64]
  private let inputStrides: [Int64]

  init(_ workspace: Workspace, _ permutation: [Int], input: Slot, output: Slot) {
    let order = output.order
    let (to, from) = (output.strides, input.strides)
    sizes = ([output.batch] + order.map { output.shape[$0] }).map { Int64($0) }
    outputStrides = ([output.sampleCount] + order.map { to[$0] }).map { Int64($0) }
    inputStrides = ([input.sampleCount] + order.map { from[permutation[$0]] }).map { Int64($0) }
    super.init(workspace, inputs: [input], output: output)
  }

  override func forward() {
    kx_copy_strided(
      output.pointer, inputs[0].pointer, Int32(sizes.count), sizes, outputStrides, inputStrides)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_copy_strided(
      destination, outputGradient, Int32(sizes.count), sizes, inputStrides, outputStrides)
  }
}

/// The numbers at some places of the last axis; both row-major.
final class GatherStep: Step {
  private let places: [Int]

  init(_ workspace: Workspace, _ places: [Int], input: Slot, output: Slot) {
    self.places = places
    super.init(workspace, inputs: [input], output: output)
  }

  private var width: Int { inputs[0].shape.last ?? 1 }
  private var rows: Int { output.batch * output.sampleCount / places.count }

  override func forward() {
    for row in 0..<rows {
      let (to, from) = (output.pointer + row * places.count, inputs[0].pointer + row * width)
      for (index, place) in places.enumerated() { to[index] = from[place] }
    }
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    destination.update(repeating: 0, count: rows * width)
    for row in 0..<rows {
      let (to, from) = (destination + row * width, outputGradient + row * places.count)
      for (index, place) in places.enumerated() { to[place] = from[index] }
    }
  }
}

/// Values joined along an axis; inputs and output in one layout.
final class ConcatStep: Step {
  private let axis: Int

  init(_ workspace: Workspace, axis: Int, inputs: [Slot], output: Slot) {
    self.axis = axis
    super.init(workspace, inputs: inputs, output: output)
  }

  /// For each input: where its rows begin in the output's, and how many numbers a row has.
  private var parts: [(slot: Slot, start: Int, width: Int)] {
    let inner = output.split(at: axis).inner
    var start = 0
    return inputs.map { input in
      let size = input.shape[axis]
      defer { start += size * inner }
      return (input, start, size * inner)
    }
  }

  override func forward() {
    let (rows, size, inner) = output.split(at: axis)
    for (slot, start, width) in parts {
      kx_copy_rows(output.pointer + start, size * inner, slot.pointer, width, rows, width)
    }
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    let (rows, size, inner) = output.split(at: axis)
    for (destination, part) in zip(destinations, parts) {
      guard let destination else { continue }
      kx_copy_rows(
        destination, part.width, outputGradient + part.start, size * inner, rows, part.width)
    }
  }
}

/// A border around the sample; input and output in one layout.
final class PadStep: Step {
  private let value: Float
  private var border: kx_border
  /// For each axis, where each index comes from; the kernel reads it through `border`.
  private let sources: UnsafeMutableBufferPointer<Int32>

  init(_ workspace: Workspace, _ padding: Padding, input: Slot, output: Slot) {
    if case .constant(let value) = padding.mode { self.value = value } else { value = 0 }
    var axes = [(size: input.batch, before: 0, after: 0)]
    axes += input.order.map { (input.shape[$0], padding.before[$0], padding.after[$0]) }
    // Innermost axes without a border move as one block.
    var block = 1
    while axes.count > 1, let last = axes.last, last.before == 0, last.after == 0 {
      block *= last.size
      axes.removeLast()
    }
    let table = axes.flatMap { size, before, after in
      (0..<before + size + after).map { Int32(padding.source($0 - before, of: size) ?? -1) }
    }
    sources = .allocate(capacity: table.count)
    _ = sources.initialize(from: table)
    border = kx_border()
    border.rank = Int32(axes.count)
    border.block = block
    border.sources = UnsafePointer(sources.baseAddress)
    var stride = 1
    withUnsafeMutableBytes(of: &border.in_strides) { strides in
      for axis in axes.indices.reversed() {
        strides.bindMemory(to: Int64.self)[axis] = Int64(stride)
        stride *= axes[axis].size
      }
    }
    withUnsafeMutableBytes(of: &border.sizes) { sizes in
      for (axis, (size, before, after)) in axes.enumerated() {
        sizes.bindMemory(to: Int64.self)[axis] = Int64(before + size + after)
      }
    }
    super.init(workspace, inputs: [input], output: output)
  }

  deinit { sources.deallocate() }

  override func forward() { kx_pad(output.pointer, inputs[0].pointer, &border, value) }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    destination.update(repeating: 0, count: inputs[0].count)
    kx_pad_backward(destination, outputGradient, &border)
  }
}
