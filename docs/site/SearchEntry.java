import java.util.List;
import java.util.stream.Collectors;

/**
 * A section of a page in the search index.
 *
 * @param address the address of the section, relative to the site's folder
 */
record SearchEntry(String address, String title, String text) {
    /** Returns the index as a script, because a page that is opened from a disk cannot load JSON. */
    static String script(List<SearchEntry> entries) {
        return entries.stream()
                .map(SearchEntry::json)
                .collect(Collectors.joining(",\n", "window.sections = [\n", "];\n"));
    }

    private String json() {
        return "[" + quoted(address) + "," + quoted(title) + "," + quoted(text) + "]";
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == '<') {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
