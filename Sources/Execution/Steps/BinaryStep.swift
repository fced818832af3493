// Two operands that broadcast: elementwise arithmetic, and PRelu with its slopes.

import CKernels
import ModelGraph
import Tensors

/// One side of a binary step.
enum Operand {
  case slot(Slot)
  /// A parameter, the same for every sample of the batch.
  case parameter(ParameterID, shape: [Int])

  /// How far one step along each axis of `shape` moves in this operand, by logical axes, 0 where it
  /// is repeated; the batch in front.
  func strides(broadcastTo shape: [Int]) -> [Int] {
    let (own, strides, batchStride): ([Int], [Int], Int) =
      switch self {
      case .slot(let slot): (slot.shape, slot.strides, slot.sampleCount)
      case .parameter(_, let shape): (shape, Self.rowMajorStrides(shape), 0)
      }
    let missing = shape.count - own.count
    return [batchStride]
      + shape.indices.map { axis in
        axis < missing || own[axis - missing] == 1 ? 0 : strides[axis - missing]
      }
  }

  private static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    Slot(shape: shape, batch: 1, layout: .rowMajor).strides
  }
}

extension kx_broadcast {
  /// The loop over `output` with operands of the given strides (batch first, logical axes), axes in
  /// the order of the output's memory and neighbours that move as one joined.
  init(output: Slot, a: [Int], b: [Int]) {
    var axes: [(size: Int, a: Int, b: Int)] = [(output.batch, a[0], b[0])]
    for axis in output.order {
      let next = (size: output.shape[axis], a: a[axis + 1], b: b[axis + 1])
      guard next.size > 1 else { continue }
      let last = axes[axes.count - 1]
      if last.size == 1 {
        axes[axes.count - 1] = next
      } else if last.a == next.a * next.size && last.b == next.b * next.size {
        axes[axes.count - 1] = (last.size * next.size, next.a, next.b)
      } else {
        axes.append(next)
      }
    }
    self.init()
    rank = Int32(axes.count)
    withUnsafeMutableBytes(of: &sizes) { Self.fill($0, axes.map(\.size)) }
    withUnsafeMutableBytes(of: &a_strides) { Self.fill($0, axes.map(\.a)) }
    withUnsafeMutableBytes(of: &b_strides) { Self.fill($0, axes.map(\.b)) }
  }

  private static func fill(_ memory: UnsafeMutableRawBufferPointer, _ values: [Int]) {
    let target = memory.bindMemory(to: Int64.self)
    for (index, value) in values.enumerated() { target[index] = Int64(value) }
  }
}

final class BinaryStep: Step {
  private let left: Operand
  private let right: Operand
  private let operation: kx_operator
  private var loop: kx_broadcast

  init(
    _ workspace: Workspace, _ operation: kx_operator, _ left: Operand, _ right: Operand,
    output: Slot
  ) {
    (self.left, self.right, self.operation) = (left, right, operation)
    loop = kx_broadcast(
      output: output, a: left.strides(broadcastTo: output.shape),
      b: right.strides(broadcastTo: output.shape))
    let slots = [left, right].compactMap { operand in
      if case .slot(let slot) = operand { slot } else { nil }
    }
    super.init(workspace, inputs: slots, output: output)
  }

  override var parameterIDs: [ParameterID] {
    [left, right].compactMap { operand in
      if case .parameter(let id, _) = operand { id } else { nil }
    }
  }

  private func pointer(_ operand: Operand) -> UnsafeMutablePointer<Float> {
    switch operand {
    case .slot(let slot): slot.pointer
    case .parameter(let id, _): workspace.parameter(id)
    }
  }

  override func forward() {
    kx_binary(output.pointer, pointer(left), pointer(right), &loop, operation)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    for (destination, input) in zip(destinations, inputs) {
      destination?.update(repeating: 0, count: input.count)
    }
    var remaining = destinations[...]
    func target(_ operand: Operand) -> UnsafeMutablePointer<Float>? {
      switch operand {
      case .slot: remaining.popFirst() ?? nil
      case .parameter(let id, _): workspace.gradients?.sum(id)
      }
    }
    let (a, b) = (target(left), target(right))
    kx_binary_backward(
      a, b, outputGradient, pointer(left), pointer(right), &loop, operation)
  }
}

extension BinaryOperator {
  var kernel: kx_operator {
    switch self {
    case .add: KX_ADD
    case .subtract: KX_SUBTRACT
    case .multiply: KX_MULTIPLY
    case .divide: KX_DIVIDE
    case .maximum: KX_MAXIMUM
    case .minimum: KX_MINIMUM
    }
  }
}
