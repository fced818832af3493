import Record

/// The record of a run as one page of HTML with its drawings inside: no script, nothing fetched.
///
///     let log = try RunRecord(jsonLines: data, name: "run.jsonl")
///     let page = HTMLReport(log).html(title: "LeNet-300-100 at 95 %")
///
/// The same record gives the same page, byte for byte. The page is well-formed XML too.
public struct HTMLReport: Sendable {
  private let log: RunRecord

  public init(_ log: RunRecord) { self.log = log }

  /// The whole document, UTF-8 when written.
  ///
  /// - Parameter title: the page's heading; any text.
  /// - Complexity: O(*cycles* x *layers*); the page itself is bounded, since long runs are drawn
  ///   at evenly spread cycles and at most 36 layers have charts of their own.
  public func html(title: String) -> String {
    let stories = LayerStory.all(of: log)
    let sections = (AnswersSection(log: log).section().map { [$0] } ?? []) + [
      TrialsSection(log: log, stories: stories).section(),
      DivergenceSection(log: log).section(), WeightsSection(stories: stories).section(),
      LayersSection(log: log, stories: stories).section(),
    ] + (log.die.map { [DieSection(die: $0).section()] } ?? [])
    return Self.head(title: title) + Headline(title: title, log: log).html
      + sections.map(\.html).joined() + "</main>\n</body>\n</html>\n"
  }

  /// The policy forbids the browser to fetch anything, whatever a name in the record tries.
  static func head(title: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>\(title.escaped)</title>
    <style>
    \(Style.sheet)</style>
    </head>
    <body>
    <main>

    """
  }
}
