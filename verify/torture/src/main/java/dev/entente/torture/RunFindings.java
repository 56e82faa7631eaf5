package dev.entente.torture;

import dev.entente.rig.Ended;
import dev.entente.torture.machine.TortureRig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** The findings of a run, for people and programs. */
interface RunFindings {
    /** Returns a sentence for each failed check; empty if all checks passed. */
    List<String> complaints();

    String toJson();

    String toText();

    /**
     * Runs and prints the findings. Keeps the logs if the run broke off or a check failed. Blocks.
     *
     * @return the exit code
     */
    static int report(TortureRig rig, boolean json, Callable<? extends RunFindings> run) throws Exception {
        RunFindings found = keepIfBroken(rig, run);
        System.out.println(json ? found.toJson() : found.toText());
        boolean isWell = report(found.complaints());
        if (!isWell) {
            keep(rig);
        }
        return isWell ? 0 : 1;
    }

    /** Prints the first failed checks; returns whether all checks passed. */
    static boolean report(List<String> complaints) {
        System.err.println(complaints.isEmpty() ? "all checks passed" : "failed checks:");
        complaints.stream().limit(20).forEach(System.err::println);
        return complaints.isEmpty();
    }

    /** Keeps the logs if the run breaks off, because they contain the reason. */
    static <T> T keepIfBroken(TortureRig rig, Callable<T> run) throws Exception {
        try {
            return run.call();
        } catch (Exception | Error broken) {
            keep(rig);
            throw broken;
        }
    }

    /**
     * Returns the short id of the checkout's commit, with {@code -dirty} if files have changed since; empty without
     * git's answer.
     */
    static String commit() {
        try {
            ProcessBuilder git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12");
            String home = System.getProperty("entente.home");
            git.directory(home == null ? null : Path.of(home).toFile());
            return Ended.run(git).out().strip();
        } catch (IOException noGit) {
            return "";
        }
    }

    private static void keep(TortureRig rig) {
        rig.keepFolder();
        System.err.println("logs of the processes: " + rig.folder());
    }
}
