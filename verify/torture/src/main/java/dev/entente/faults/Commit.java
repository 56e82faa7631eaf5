package dev.entente.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The commit of the source. */
final class Commit {
    private Commit() {}

    /**
     * The short id of the checkout's commit, with {@code -dirty} where it was changed since; empty where git does not
     * tell.
     */
    static String current() {
        String home = System.getProperty("entente.home");
        try {
            Process git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
                    .directory(home == null ? null : Path.of(home).toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException noGit) {
            return "";
        }
    }
}
