//! What becomes of each thing that people write, to the byte.

use super::{REST, html};

/// As much room as anybody needs.
const ROOM: usize = 1 << 20;
/// What every link has.
const REL: &str = "rel=\"noopener noreferrer nofollow\"";

fn check(table: &[(&str, &str)]) {
    for (markdown, expected) in table {
        let expected = expected.replace(" REL", &format!(" {REL}"));
        assert_eq!(html(markdown, ROOM), expected, "{markdown}");
    }
}

#[test]
fn markdown() {
    check(&[
        ("", ""),
        ("# One *two*", "<h1>One <em>two</em></h1>\n"),
        ("Setext\n---\n###### six", "<h2>Setext</h2>\n<h6>six</h6>\n"),
        (
            "`c<o>d` & \"q\"\nnext  \nbreak",
            "<p><code>c&lt;o&gt;d</code> &amp; \"q\"\nnext<br>\nbreak</p>\n",
        ),
        ("***", "<hr>\n"),
        (
            "~~x~~ **y** ***z***",
            "<p><del>x</del> <strong>y</strong> <em><strong>z</strong></em></p>\n",
        ),
        (
            "- a\n- b\n  1. c\n\n7) x",
            "<ul><li>a</li>\n<li>b<ol><li>c</li>\n</ol>\n</li>\n</ul>\n<ol start=\"7\"><li>x</li>\n</ol>\n",
        ),
        (
            "> q\n> > r",
            "<blockquote><p>q</p>\n<blockquote><p>r</p>\n</blockquote>\n</blockquote>\n",
        ),
        (
            "```rust,ignore\nlet a = \"<b>\";\n```",
            "<pre><code class=\"language-rust\">let a = \"&lt;b&gt;\";\n</code></pre>\n",
        ),
        ("    indented", "<pre><code>indented</code></pre>\n"),
        ("```\" onclick=x\nq\n```", "<pre><code>q\n</code></pre>\n"),
        (
            "&copy; &lt;b&gt; \\<i\\>\0",
            "<p>© &lt;b&gt; &lt;i&gt;\u{fffd}</p>\n",
        ),
    ]);
}

#[test]
fn githubs_extensions() {
    check(&[
        (
            "| a | b | c |\n|---|:-:|--:|\n| 1 | **2** | `3` |\n| x |",
            "<table><thead><tr><th>a</th>\n<th align=\"center\">b</th>\n<th align=\"right\">c</th>\n</tr>\n</thead>\n\
             <tbody><tr><td>1</td>\n<td align=\"center\"><strong>2</strong></td>\n<td align=\"right\"><code>3</code></td>\n</tr>\n\
             <tr><td>x</td>\n<td align=\"center\"></td>\n<td align=\"right\"></td>\n</tr>\n</tbody>\n</table>\n",
        ),
        (
            "> [!WARNING]\n> hot",
            "<blockquote data-alert=\"warning\"><p><strong>Warning</strong></p>\n<p>hot</p>\n</blockquote>\n",
        ),
        (
            "a[^n] b[^m] c[^n] d[^no]\n\n[^n]: note\n[^m]: other",
            "<p>a<sup>1</sup> b<sup>2</sup> c<sup>1</sup> d[^no]</p>\n<div data-footnote=\"1\"><sup>1</sup><p>note</p>\n</div>\n\
             <div data-footnote=\"2\"><sup>2</sup><p>other</p>\n</div>\n",
        ),
    ]);
}

#[test]
fn a_box_of_a_task_list_says_where_it_stands() {
    let markdown = "é😀\n\n- [ ] one\n- [X] 😀\n  - [ ] three\n";
    let shown = html(markdown, ROOM);
    let inputs: Vec<_> = shown.split("<input ").skip(1).collect();
    let heads = inputs
        .iter()
        .map(|input| input.split('>').next().unwrap_or(""));
    let expected = [
        "type=\"checkbox\" disabled data-task=\"0\" data-at=\"7\"",
        "type=\"checkbox\" disabled data-task=\"1\" data-at=\"17\" checked",
        "type=\"checkbox\" disabled data-task=\"2\" data-at=\"28\"",
    ];
    assert_eq!(heads.collect::<Vec<_>>(), expected);
    let units: Vec<u16> = markdown.encode_utf16().collect();
    for at in [7, 17, 28] {
        let found = String::from_utf16(&units[at..at + 3]).unwrap();
        assert!(matches!(found.as_str(), "[ ]" | "[X]"), "{found}");
    }
}

#[test]
fn links_and_images() {
    check(&[
        (
            "<https://a.b/c?d&e> <x@y.z> [t](/rel \"ti\\\"tle\") [r][ref]\n\n[ref]: http://z 'w'",
            "<p><a href=\"https://a.b/c?d&amp;e\" REL>https://a.b/c?d&amp;e</a> <a href=\"mailto:x@y.z\" REL>x@y.z</a> \
             <a href=\"/rel\" REL title=\"ti&quot;tle\">t</a> <a href=\"http://z\" REL title=\"w\">r</a></p>\n",
        ),
        (
            "[j](javascript:x) [d](data:x) [e](//evil)",
            "<p>j d e</p>\n",
        ),
        (
            "![alt *em*](https://x/y.png) ![](z.png)",
            "<p><a href=\"https://x/y.png\" REL>alt <em>em</em></a> <a href=\"z.png\" REL>z.png</a></p>\n",
        ),
        (
            "[![b](https://c)](https://d)",
            "<p><a href=\"https://d\" REL>b</a></p>\n",
        ),
    ]);
}

#[test]
fn raw_html() {
    check(&[
        (
            "<details open><summary><b>S</b></summary>\n\n- *md*\n\n</details>",
            "<details open><summary><b>S</b></summary>\n\n<ul><li><em>md</em></li>\n</ul>\n</details>\n",
        ),
        ("a <KBD class=x>Ctrl</kbd>", "<p>a <kbd>Ctrl</kbd></p>\n"),
        ("a <br/> H<sub>2</sub>O", "<p>a <br> H<sub>2</sub>O</p>\n"),
        ("a <!-- c --> <?p?> <unknown>b</unknown>", "<p>a   b</p>\n"),
        ("<script>\nalert(1)\n</script>x", "x"),
        ("<style>p{}</style >\n<svg><a></svg>", "\n"),
        (
            "<a href='https://a?b&amp;c' title='x' onclick=1>l</a>",
            "<p><a href=\"https://a?b&amp;c\" REL title=\"x\">l</a></p>\n",
        ),
        ("<a href=\"jav&#x61;script:x\">k</a>", "<p>k</p>\n"),
        (
            "x <img src=i.png alt='A<b>'> <img src=\"data:x\" alt=B>",
            "<p>x <a href=\"i.png\" REL>A&lt;b&gt;</a> B</p>\n",
        ),
        (
            "<ol start=3><li>a<li>b</ol>",
            "<ol start=\"3\"><li>a</li>\n<li>b</li>\n</ol>\n",
        ),
        ("<p>1 < 2 &lt; 3", "<p>1 &lt; 2 &lt; 3</p>\n"),
    ]);
}

#[test]
fn raw_html_is_nested_well_whatever_it_says() {
    check(&[
        // Its own end, and not Markdown's.
        (
            "a <b>b</i> *c</b> d* e</b>",
            "<p>a <b>b <em>c d</em> e</b></p>\n",
        ),
        ("- a </li></ul> b", "<ul><li>a  b</li>\n</ul>\n"),
        // A block ends what it may not stand in.
        ("x <div>y</div> z", "<p>x </p>\n<div>y</div>\n z"),
        (
            "**b <div>c</div>**",
            "<p><strong>b </strong></p>\n<div>c</div>\n",
        ),
        (
            "<p>x<p>y<ul><li>z",
            "<p>x</p>\n<p>y</p>\n<ul><li>z</li>\n</ul>\n",
        ),
        ("<b>\n\npara\n\n</b>", "<b>\n</b><p>para</p>\n"),
        // No link in a link.
        ("<a href=x>[y](z)</a>", "<p><a href=\"x\" REL>y</a></p>\n"),
    ]);
}

#[test]
fn what_is_too_deep_is_shown_without_its_elements() {
    let shown = html(&format!("{}deep", "> ".repeat(1000)), ROOM);
    assert_eq!(shown.matches("<blockquote>").count(), 64);
    assert!(shown.contains("deep</blockquote>"));
    let shown = html(&format!("<p>{}deep", "<div>".repeat(1000)), ROOM);
    assert_eq!(shown.matches("<div>").count(), 64);
    assert!(shown.contains("deep</div>"));
}

#[test]
fn what_is_too_long_ends_and_says_so() {
    // Each of these rows of two bytes is a hundred cells.
    let table = format!(
        "{}|\n{}|\n{}",
        "|a".repeat(100),
        "|-".repeat(100),
        "a\n".repeat(1000)
    );
    let shown = html(&table, 10_000);
    assert!((9_000..11_000).contains(&shown.len()), "{}", shown.len());
    assert!(shown.ends_with(&format!("</tbody>\n</table>\n{REST}")));
    let shown = html(&"&".repeat(5_000), 10_000);
    assert_eq!(shown, format!("<p></p>\n{REST}"));
}
