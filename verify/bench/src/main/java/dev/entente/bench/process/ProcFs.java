package dev.entente.bench.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads what Linux counts about processes: CPU time and memory. Every figure of the bench about them comes from here.
 */
public final class ProcFs {
    private static final Path PROC = Path.of("/proc");
    /** USER_HZ, which is 100 in the kernel's interface on every architecture: one tick is 10 ms. */
    private static final long TICK_MICROS = 10_000;

    // Places in /proc/PID/stat behind the command's closing bracket.
    private static final int PARENT = 1;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    private static final int REAPED_USER_TIME = 13;
    private static final int REAPED_SYSTEM_TIME = 14;

    private ProcFs() {}

    /** The CPU time of one process so far, in microseconds. */
    public static long cpuMicros(long pid) {
        return sum(stat(pid), USER_TIME, SYSTEM_TIME) * TICK_MICROS;
    }

    /**
     * The CPU time of a process and of all children that it has or had, in microseconds; children of children are not
     * counted.
     */
    public static long cpuMicrosWithChildren(long pid) {
        long ticks = sum(stat(pid), USER_TIME, SYSTEM_TIME, REAPED_USER_TIME, REAPED_SYSTEM_TIME);
        for (List<String> child : stats()) {
            if (child.get(PARENT).equals(Long.toString(pid))) {
                ticks += sum(child, USER_TIME, SYSTEM_TIME);
            }
        }
        return ticks * TICK_MICROS;
    }

    /**
     * Returns the CPU time of all processes of the machine so far, in microseconds: everything but idle, waiting for
     * I/O, and stolen time.
     */
    public static long machineBusyMicros() {
        String[] cpu =
                read(PROC.resolve("stat")).lines().findFirst().orElseThrow().split(" +", -1);
        long ticks = 0;
        for (int place : new int[] {1, 2, 3, 6, 7}) {
            ticks += Long.parseLong(cpu[place]);
        }
        return ticks * TICK_MICROS;
    }

    /** Resident memory of one process, in MiB. */
    public static double rssMb(long pid) {
        return kilobytes(PROC.resolve(pid + "/status"), "VmRSS:") / 1024.0;
    }

    /** Memory of a process and its children, in MiB, where a page that several of them share counts once in all. */
    public static double rssMbWithChildren(long pid) {
        double kilobytes = kilobytes(PROC.resolve(pid + "/smaps_rollup"), "Pss:");
        for (long child : children(pid)) {
            kilobytes += kilobytes(PROC.resolve(child + "/smaps_rollup"), "Pss:");
        }
        return kilobytes / 1024.0;
    }

    private static List<Long> children(long pid) {
        List<Long> children = new ArrayList<>();
        for (long candidate : processes()) {
            List<String> stat = stat(candidate);
            if (!stat.isEmpty() && stat.get(PARENT).equals(Long.toString(pid))) {
                children.add(candidate);
            }
        }
        return children;
    }

    private static List<List<String>> stats() {
        return processes().stream()
                .map(ProcFs::stat)
                .filter(stat -> !stat.isEmpty())
                .toList();
    }

    private static List<Long> processes() {
        try (Stream<Path> entries = Files.list(PROC)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::valueOf)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The fields behind the command's name, which may itself hold blanks and brackets; empty if the process is gone.
     */
    private static List<String> stat(long pid) {
        String text = read(PROC.resolve(pid + "/stat"));
        return text.isEmpty()
                ? List.of()
                : List.of(text.substring(text.lastIndexOf(')') + 2).split(" ", -1));
    }

    private static long sum(List<String> stat, int... places) {
        long sum = 0;
        for (int place : places) {
            sum += stat.isEmpty() ? 0 : Long.parseLong(stat.get(place));
        }
        return sum;
    }

    private static long kilobytes(Path file, String field) {
        return read(file)
                .lines()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }

    /** The text of a file below /proc; empty if the process ended meanwhile. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
