package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;

/** Rules for the HTML of every page. */
final class MarkupRules {
    private static final Pattern TAG = Pattern.compile("</?[a-z][a-z0-9]*(\\s[a-zA-Z0-9-]+(=\"[^\"<]*\")?)*/?>");
    private static final Pattern LINK = Pattern.compile("(?:href|src|action)=\"([^\"]*)\"");
    private static final List<String> INLINE =
            List.of("<script(?! src= defer></script>)", "<style", " style=", " on[a-z]+=");

    private MarkupRules() {}

    /**
     * Verifies that a page has plain tags and escaped text only, no inline script or style, and relative links only.
     */
    static void verify(String html) {
        String text = TAG.matcher(html.replaceFirst("^<!DOCTYPE html>", "")).replaceAll("");
        assertThat(text).as("text between the tags").doesNotContain("<", ">");
        String tags = String.join(
                "", TAG.matcher(html).results().map(tag -> tag.group()).toList());
        String names = tags.replaceAll("=\"[^\"]*\"", "=");
        assertThat(INLINE)
                .noneMatch(each -> Pattern.compile(each).matcher(names).find());
        assertThat(tags.split("<h1>", -1)).as("one h1").hasSize(2);
        assertThat(LINK.matcher(tags).results().map(link -> link.group(1)))
                .isNotEmpty()
                .allMatch(link -> !link.startsWith("/") && !link.contains("//"), "is relative");
    }
}
