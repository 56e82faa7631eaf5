package dev.entente.stories.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of docs/restore.md: one shell block below each heading with commands. */
record RestorePage(Map<String, String> blocks) {
    private static final Pattern HEADING_OR_BLOCK =
            Pattern.compile("^```\\w*\n(?<block>.*?)^```$|^#+ (?<heading>[^\n]*)$", Pattern.DOTALL | Pattern.MULTILINE);

    /** Reads the page from a checkout. */
    static RestorePage read(Path home) throws IOException {
        Map<String, String> blocks = new LinkedHashMap<>();
        String heading = "";
        Matcher found = HEADING_OR_BLOCK.matcher(Files.readString(home.resolve("docs/restore.md")));
        while (found.find()) {
            if (found.group("heading") != null) {
                heading = found.group("heading");
            } else if (blocks.put(heading, found.group("block")) != null) {
                throw new IllegalStateException("two blocks below one heading: " + heading);
            }
        }
        return new RestorePage(blocks);
    }

    /** Returns the headings with commands. */
    Set<String> headings() {
        return blocks.keySet();
    }

    /** Returns the commands below the heading. */
    String commands(String heading) {
        return Objects.requireNonNull(blocks.get(heading), "docs/restore.md has no commands below: " + heading);
    }
}
