package dev.entente.torture;

import dev.entente.rig.Ended;
import dev.entente.torture.machine.TortureRig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** The findings of a run, for people and programs. */
interface Findings {
    /** Sentences about everything that does not hold; empty if all is well. */
    List<String> complaints();

    String toJson();

    String toText();

    /**
     * Runs and tells; logs of what broke off, or does not hold, are kept. Blocks.
     *
     * @return the exit code
     */
    static int tell(TortureRig room, boolean json, Callable<? extends Findings> run) throws Exception {
        Findings found = keepIfBroken(room, run);
        System.out.println(json ? found.toJson() : found.toText());
        boolean isWell = tell(found.complaints());
        if (!isWell) {
            keep(room);
        }
        return isWell ? 0 : 1;
    }

    /** Tells some of what does not hold; returns whether all holds. */
    static boolean tell(List<String> complaints) {
        System.err.println(complaints.isEmpty() ? "everything holds" : "this does not hold:");
        complaints.stream().limit(20).forEach(System.err::println);
        return complaints.isEmpty();
    }

    /** Why a run broke off is in its logs. */
    static <T> T keepIfBroken(TortureRig room, Callable<T> run) throws Exception {
        try {
            return run.call();
        } catch (Exception | Error broken) {
            keep(room);
            throw broken;
        }
    }

    /**
     * The short id of the checkout's commit, with {@code -dirty} where it was changed since; empty where git does not
     * tell.
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

    private static void keep(TortureRig room) {
        room.keepFolder();
        System.err.println("logs of the processes: " + room.folder());
    }
}
