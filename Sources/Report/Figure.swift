/// One chart of the page: a caption, a drawing, and the same figures as a table.
struct Figure {
  let name: String
  /// Beside the name in the caption.
  let remark: String
  let svg: String
  let table: DataTable

  var html: String {
    let remark = remark.isEmpty ? "" : " <span>\(remark.escaped)</span>"
    return "<figure><figcaption><b>\(name.escaped)</b>\(remark)</figcaption>\n\(svg)\n"
      + table.html + "</figure>\n"
  }
}

/// Figures in rows, folded away until someone wants them.
struct DataTable {
  let columns: [String]
  let rows: [[String]]
  /// How many rows there would be if all were shown.
  let whole: Int

  /// At most `limit` of `items`, evenly spread, one row each.
  init<Item>(_ columns: [String], _ items: [Item], limit: Int, _ row: (Item) -> [String]) {
    self.columns = columns
    whole = items.count
    rows = items.spread(toAtMost: limit).map(row)
  }

  var html: String {
    let head = columns.map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
    let body = rows.map { row in
      "<tr>" + row.map { "<td>\($0.escaped)</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    let title = rows.count < whole ? "Figures (\(rows.count) of \(whole) rows)" : "Figures"
    return "<details><summary>\(title)</summary><div class=\"scroll\" tabindex=\"0\">"
      + "<table><thead><tr>\(head)</tr></thead>\n<tbody>\(body)</tbody></table></div></details>"
  }
}

/// A part of the page.
struct Section {
  let title: String
  /// Markup of our own, with no text from outside in it.
  let introduction: String
  var figures: [Figure] = []
  var isSmall = false
  /// Below the figures: what is left out, and why.
  var note = ""

  var html: String {
    var html = "<section>\n<h2>\(title)</h2>\n<p>\(introduction)</p>\n"
    if figures.isEmpty {
      html += "<p class=\"note\">The record gives no figures for this.</p>\n"
    } else {
      html += "<div class=\"panels\(isSmall ? " small" : "")\">\n"
      html += figures.map(\.html).joined() + "</div>\n"
    }
    if !note.isEmpty { html += "<p class=\"note\">\(note.escaped)</p>\n" }
    return html + "</section>\n"
  }
}
