package dev.entente.stories.compat;

import java.util.List;

/**
 * A process of the matrix.
 *
 * @param java feature number
 */
record KioskRun(int java, Combination libraries) {
    private static final List<Integer> JAVAS = List.of(17, 25);

    /** Returns each Java version with each combination of libraries. */
    static List<KioskRun> all() {
        return JAVAS.stream()
                .flatMap(java -> Combination.all().stream().map(libraries -> new KioskRun(java, libraries)))
                .toList();
    }

    /** Returns the corners of the matrix: each Java version with the oldest and with the newest libraries. */
    static List<KioskRun> corners() {
        Combination oldest = Combination.all().getFirst();
        Combination newest = Combination.all().getLast();
        return all().stream()
                .filter(run -> run.libraries().equals(oldest) || run.libraries().equals(newest))
                .toList();
    }

    String name() {
        String name = "java" + java + "-protobuf" + libraries.protobuf() + "-grpc" + libraries.grpc();
        return name.replace('.', '-');
    }

    String database() {
        return name().replace('-', '_');
    }
}
