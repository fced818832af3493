// `make bench`: what is fast, as ratios of two things measured in the same run on the same machine.
//
// Each pair is timed in turns and the best of several turns of each is taken, so that a noisy
// machine disturbs both alike. Absolute rates are printed beside the ratios, and belong to this
// machine only.

// With an argument, one part, or the trials whose title holds it.
let wanted = CommandLine.arguments.dropFirst().first ?? ""
let parts = ["coders", "large"]
if !parts.contains(wanted) { try compareTrials(wanted) }
if wanted.isEmpty || wanted == "coders" { try compareCoders() }
if wanted.isEmpty || wanted == "large" { try timeLargeNetwork() }
