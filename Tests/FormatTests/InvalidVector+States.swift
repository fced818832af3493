import Blob

extension InvalidVector {
  /// What a plan must not say of states: the small blob behind a state of two words.
  static let states: [InvalidVector] = [
    kept("state-input-among", .input(0), .amongStates("the tensor", words: 2)) { $0.input = tensor(0, [4]) },
    kept("state-output-over-end", .output(0), .amongStates("the tensor", words: 2)) {
      $0.outputs = varint(1) + tensor(1, [2])
    },
    kept("state-step-over-end", .step(0), .amongStates("y", words: 2)) { $0.fields = varints([2, 1, 1, 4, 2]) },
    kept("state-gap", .state(0), .range("the state's place", 1, allowed: 0...0)) {
      $0.states = [0, 1] + tensor(1, [2]) + [0]
    },
    kept("state-overlap", .state(1), .range("the state's place", 1, allowed: 2...2)) {
      $0.states = [0, 2] + tensor(0, [2]) + [0] + tensor(1, [1]) + [0]
    },
    kept("state-none", .plan(offset: 2), .range("the number of states", 0, allowed: 1...255)) { $0.states = [0, 0] },
    kept("state-beyond-arena", .plan(offset: 5), .outsideArena("the tensor", end: 9, words: 8)) {
      $0.states = [0, 1] + tensor(0, [9]) + [0]
    },
    kept("state-of-places", .plan(offset: 5), .misplaced("a state of int32")) {
      $0.states = [0, 1] + varints([0, 1 + 8 * 5, 2]) + [0]
    },
    kept("state-beginning-outside", .plan(offset: 7), .numbersOutside("the state's beginning", end: 17, bytes: 10)) {
      $0.states = [0, 1] + tensor(0, [2]) + [2, 9]
    },
    step("slide-new-0", .range("new", 0, allowed: 1...4), 20, varints(SoundStep.slide.setting([5: 0]))),
    step("slide-new-5", .range("new", 5, allowed: 1...4), 20, varints(SoundStep.slide.setting([5: 5]))),
    step("slide-overlap", .overlap("x"), 20, varints(SoundStep.slide.setting([0: 99]))),
  ]

  private static func kept(
    _ name: String, _ place: BlobPlace, _ fault: BlobFault, _ edit: (inout HandMade) -> Void
  ) -> InvalidVector {
    let blob = HandMade().with {
      $0.arenaBytes = 32
      $0.states = [0, 1] + tensor(0, [2]) + [0]
      ($0.input, $0.outputs) = (tensor(2, [4]), varint(1) + tensor(6, [2]))
      $0.fields = varints([2, 6, 1, 4, 2])
      edit(&$0)
    }
    return InvalidVector(name, blob.bytes, .invalid(place, fault))
  }
}
