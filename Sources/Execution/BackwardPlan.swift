// The way back: which steps take part, and where each gradient is gathered.
//
// A slot needs a gradient when a trainable parameter lies before it and an output after it. The
// first step to hand it a share, going backwards, writes; every other writes aside and adds. A step
// that can work in place and hands over the first share does so in its output's gradient, which
// nobody needs any more.

import CKernels
import ModelGraph

final class BackwardPlan {
  private enum Destination {
    case none
    case direct(Storage)
    case added(Storage, aside: Storage, count: Int)
  }

  private struct Entry {
    let step: Step
    var destinations: [Destination]
  }

  private var entries: [Entry] = []
  private var storages: [Storage] = []
  private var memory = StoragePool()

  init(_ plan: Plan, trainable: Set<ParameterID>) throws(ExecutionError) {
    let dependent = Self.slotsAfterTrainable(plan, trainable)
    for slot in plan.outputs where dependent.contains(ObjectIdentifier(slot)) {
      if slot.gradient == nil { slot.gradient = newStorage(slot.count, at: 0) }
    }
    for step in plan.steps.reversed() {
      guard let gradient = step.output.gradient else { continue }
      let time = entries.count + 1
      gradient.use(at: time)
      var entry = Entry(step: step, destinations: [])
      for input in step.inputs {
        let shared = step.worksInPlaceBackward ? gradient : nil
        entry.destinations.append(
          dependent.contains(ObjectIdentifier(input))
            ? destination(of: input, shared: shared, at: time) : .none)
      }
      entries.append(entry)
      try prepare(entry)
    }
    memory = try StoragePool(laysOut: storages)
  }

  private static func slotsAfterTrainable(_ plan: Plan, _ trainable: Set<ParameterID>)
    -> Set<ObjectIdentifier>
  {
    var result: Set<ObjectIdentifier> = []
    for step in plan.steps
    where step.parameterIDs.contains(where: trainable.contains)
      || step.inputs.contains(where: { result.contains(ObjectIdentifier($0)) })
    {
      result.insert(ObjectIdentifier(step.output))
    }
    return result
  }

  private func newStorage(_ count: Int, at time: Int) -> Storage {
    let storage = Storage(count: count)
    storage.use(at: time)
    storages.append(storage)
    return storage
  }

  private func destination(of input: Slot, shared: Storage?, at time: Int) -> Destination {
    if let gradient = input.gradient {
      gradient.use(at: time)
      return .added(gradient, aside: newStorage(input.count, at: time), count: input.count)
    }
    let gradient = shared ?? newStorage(input.count, at: time)
    input.gradient = gradient
    return .direct(gradient)
  }

  private func prepare(_ entry: Entry) throws(ExecutionError) {
    guard let convolution = entry.step as? ConvolutionStep else { return }
    if case .none = entry.destinations[0] {
      try convolution.prepareBackward(data: false)
    } else {
      try convolution.prepareBackward(data: true)
    }
  }

  func run() throws(ExecutionError) {
    for entry in entries {
      let pointers: [UnsafeMutablePointer<Float>?] = entry.destinations.map { destination in
        switch destination {
        case .none: nil
        case .direct(let storage): storage.pointer
        case .added(_, let aside, _): aside.pointer
        }
      }
      try entry.step.backward(to: pointers)
      for case .added(let storage, let aside, let count) in entry.destinations {
        kx_add(storage.pointer, aside.pointer, count)
      }
    }
  }
}
