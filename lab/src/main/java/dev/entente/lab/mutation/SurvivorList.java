package dev.entente.lab.mutation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The mutants that may survive, as a page lists them: lines of tables
 * {@code | `Settling.needs` | NegateConditionals | 2 | why |}.
 *
 * @param allowed how many of each name
 */
record SurvivorList(Map<String, Integer> allowed) {
    private static final Pattern LINE = Pattern.compile("\\| `([^`]+)` \\| (\\w+) \\| (\\d+) \\| \\S.*\\|");

    /**
     * Reads a page.
     *
     * @throws IOException where it cannot be read
     */
    static SurvivorList read(Path page) throws IOException {
        Map<String, Integer> allowed = new LinkedHashMap<>();
        for (String line : Files.readAllLines(page)) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                String name = matcher.group(1) + " " + matcher.group(2);
                allowed.merge(name, Integer.parseInt(matcher.group(3)), Integer::sum);
            }
        }
        return new SurvivorList(allowed);
    }

    /** Returns the survivors that the list does not explain. */
    List<CodeMutant> unexplained(List<CodeMutant> mutants) {
        Map<String, Integer> left = new LinkedHashMap<>(allowed);
        List<CodeMutant> unexplained = new ArrayList<>();
        for (CodeMutant mutant : mutants) {
            if (!mutant.isKilled() && left.merge(mutant.name(), -1, Integer::sum) < 0) {
                unexplained.add(mutant);
            }
        }
        return unexplained;
    }

    /** Returns the entries that allow more than survives: they hide the next survivor of that name. */
    List<String> stale(List<CodeMutant> mutants) {
        Map<String, Integer> left = new LinkedHashMap<>(allowed);
        mutants.stream()
                .filter(mutant -> !mutant.isKilled())
                .forEach(mutant -> left.merge(mutant.name(), -1, Integer::sum));
        return left.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> entry.getKey() + ": " + entry.getValue() + " fewer survive")
                .toList();
    }
}
