package dev.entente.connector.kafka;

import java.util.function.Supplier;

/**
 * Runs what opens a client of Kafka with the loader of this jar's classes. The client finds classes that its
 * configuration names, and its threads find theirs, by the loader of the thread that opens it.
 */
final class OwnLoader {
    private OwnLoader() {}

    static <T> T making(Supplier<T> made) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(OwnLoader.class.getClassLoader());
        try {
            return made.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
