package dev.entente.server.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * A connector's factory that always runs with its jar's class loader. Clients of brokers load classes by name with the
 * thread's context class loader, and their threads inherit this loader.
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

    /** Sets the factory's loader, and returns the previous loader of the thread. */
    private ClassLoader entered(Thread thread) {
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(factory.getClass().getClassLoader());
        return before;
    }

    /** A connector that runs with the factory's loader. */
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
