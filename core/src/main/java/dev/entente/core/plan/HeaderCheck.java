package dev.entente.core.plan;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Checks the headers that a plan sends.
 *
 * @param isName whether a text is valid as a header's name, apart from its length
 * @param nameRule the rule for names, for people
 * @param whyReserved the reason why plans cannot set some headers
 */
record HeaderCheck(Predicate<String> isName, String nameRule, String whyReserved) {
    private static final int MAX = 32;
    private static final int LONGEST = 4096;

    void check(Map<String, String> headers, Consumer<String> malformed) {
        if (headers.size() > MAX) {
            malformed.accept("%s headers, at most %s are allowed".formatted(headers.size(), MAX));
        }
        headers.forEach((name, value) -> {
            if (HttpHeaders.isReserved(name)) {
                malformed.accept("a plan must not set '%s'; %s".formatted(Names.shortened(name), whyReserved));
            } else if (name.length() > LONGEST || !isName.test(name) || !isValue(value)) {
                malformed.accept("'%s' is out of bounds: a name is %s, a value at most %s printable ASCII characters"
                        .formatted(Names.shortened(name), nameRule, LONGEST));
            }
        });
    }

    private static boolean isValue(String value) {
        return value.length() <= LONGEST && value.chars().allMatch(c -> c >= ' ' && c <= '~');
    }
}
