package dev.entente.server.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * A connector's factory whose code always runs with the loader of its own jar. Clients of brokers find classes that
 * they know by name by the loader of the thread, and so do the threads that they start.
 */
record LoadedFactory(ConnectorFactory factory) implements ConnectorFactory {
    @Override
    public String scheme() {
        return factory.scheme();
    }

    @Override
    public Connector open(String addresses, Map<String, String> properties) {
        Thread thread = Thread.currentThread();
        ClassLoader before = entered(thread);
        try {
            return new Loaded(factory.open(addresses, properties));
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Returns the loader that the thread had. */
    private ClassLoader entered(Thread thread) {
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(factory.getClass().getClassLoader());
        return before;
    }

    /** A connector whose code runs with that loader, too. */
    private final class Loaded implements Connector {
        private final Connector connector;

        Loaded(Connector connector) {
            this.connector = connector;
        }

        @Override
        public CompletionStage<SendResult> send(OutgoingRecord record, Duration within) {
            Thread thread = Thread.currentThread();
            ClassLoader before = entered(thread);
            try {
                return connector.send(record, within);
            } finally {
                thread.setContextClassLoader(before);
            }
        }

        @Override
        public void probe(Duration within) throws IOException {
            Thread thread = Thread.currentThread();
            ClassLoader before = entered(thread);
            try {
                connector.probe(within);
            } finally {
                thread.setContextClassLoader(before);
            }
        }

        @Override
        public void close() {
            Thread thread = Thread.currentThread();
            ClassLoader before = entered(thread);
            try {
                connector.close();
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }
}
