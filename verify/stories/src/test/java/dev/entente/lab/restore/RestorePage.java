package dev.entente.lab.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The commands of docs/restore.md: one block of shell below each heading that has any. */
final class RestorePage {
    private static final String FENCE = "```";

    private final Map<String, String> blocks;

    private RestorePage(Map<String, String> blocks) {
        this.blocks = blocks;
    }

    /** Reads it from a checkout. */
    static RestorePage read(Path home) throws IOException {
        Map<String, String> blocks = new LinkedHashMap<>();
        String heading = "";
        StringBuilder block = null;
        List<String> lines = Files.readAllLines(home.resolve("docs/restore.md"));
        for (String line : lines) {
            if (block == null && line.startsWith("#")) {
                heading = line.replaceFirst("^#+ ", "");
            } else if (block == null && line.startsWith(FENCE)) {
                block = new StringBuilder();
            } else if (block != null && line.equals(FENCE)) {
                blocks.merge(heading, block.toString(), (first, second) -> {
                    throw new IllegalStateException("two blocks below one heading:\n" + first + second);
                });
                block = null;
            } else if (block != null) {
                block.append(line).append('\n');
            }
        }
        return new RestorePage(blocks);
    }

    /** The headings that have commands, in the order of the page. */
    Set<String> headings() {
        return blocks.keySet();
    }

    /** The commands below that heading. */
    String commands(String heading) {
        String commands = blocks.get(heading);
        if (commands == null) {
            throw new IllegalArgumentException("docs/restore.md has no commands below: " + heading);
        }
        return commands;
    }
}
