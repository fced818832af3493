// Strength of the methods at equal gradient steps: `Samples/strength/README.md` says how to run it.
//
//     kinglet-strength run EXPERIMENT --models DIR --mnist DIR --fashion DIR
//         [--methods a,b] [--seeds 1,2] [--limit N] [--set key=value,...]     rows, one JSON a line
//     kinglet-strength table ROWS...                                          Markdown

import Foundation

do {
  try Command(Array(CommandLine.arguments.dropFirst())).run()
} catch {
  FileHandle.standardError.write(Data("kinglet-strength: \(error)\n".utf8))
  exit(2)
}
