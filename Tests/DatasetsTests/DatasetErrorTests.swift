import Datasets
import Testing

@Suite struct DatasetErrorTests {
  static let errors: [DatasetError] = [
    .unreadable(path: "a.npy", reason: "denied"), .unwritable(path: "a.npy", reason: "denied"),
    .unknownFormat(place: "a.npy"), .unsupported(place: "a.npy", feature: "zip64"),
    .endsEarly(place: "a.npy", missingBytes: 1), .trailingBytes(place: "a.npy"),
    .promiseExceedsFile(place: "a.npy", promisedBytes: 2, possibleBytes: 1),
    .tooLarge(place: "a.npy", bytes: 2, limit: 1),
    .corruptCompression(place: "a.npy", reason: "bad"), .checksumMismatch(place: "a.npy"),
    .badHeader(place: "a.npy", field: "shape"), .noSamples(place: "a.npy"),
    .notFinite(place: "a.npy", element: 1), .noArchive(path: "a.npy", name: "x"),
    .noSuchArray(path: "a.npy", name: "x", present: []),
    .ambiguousArray(path: "a.npy", present: ["u", "v"]),
    .corruptImage(path: "a.npy", reason: "bad"),
    .imageDiffers(path: "a.npy", shape: [3, 2, 1], firstPath: "b", firstShape: [1, 4, 5]),
    .noNumber(place: "a.npy", line: 1, column: 2, text: ""), .lineLength(place: "a.npy", line: 2, cells: 1, columns: 3),
    .soundDiffers(path: "a.npy", firstPath: "b.npy"), .noImages(folder: "a.npy", otherFiles: 1), .emptyClassFolder(path: "a.npy"),
    .labelCount(place: "a.npy", labels: 1, samples: 2), .badLabel(place: "a.npy", index: 1),
    .labelsNotIntegers(place: "a.npy", type: "bool", shape: [2]),
    .noImagesToFit(place: "a.npy"), .badBox(place: "a.npy", line: 1, reason: "bad"),
    .badNames(place: "a.npy", reason: "bad"), .noBoxes(folder: "a.npy", photographs: 1),
  ]

  @Test(arguments: errors)
  func sentencesNameThePlace(error: DatasetError) {
    #expect(error.sentence.contains("a.npy"))
    #expect(error.sentence.hasSuffix(".") && !error.sentence.contains("DatasetError"))
  }

  @Test func sentencesSayWhatToDo() {
    #expect(
      DatasetError.channelCount(option: "mean", values: 2, channels: 3).sentence
        == "The input's mean has 2 values: give one, or one for each of the 3 channels.")
    #expect(
      DatasetError.badOption(option: "scale", value: "0.0").sentence
        == "The input's scale cannot be 0.0.")
    #expect(
      Self.errors[17].sentence
        == "a.npy is 1x2 pixels with 3 channels, but b is 5x4 pixels with 1 channel: "
        + "all images must agree, or be fitted to the input (--fit stretch or --fit letterbox).")
  }
}
