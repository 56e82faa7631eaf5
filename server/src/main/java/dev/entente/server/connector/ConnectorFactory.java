package dev.entente.server.connector;

import java.util.Map;

/** Opens connectors of one kind. Found by {@link java.util.ServiceLoader}. */
public interface ConnectorFactory {
    /** Returns how targets of its participants begin, before {@code ://}: {@code kafka}. */
    String scheme();

    /**
     * Opens a connector, without connecting yet.
     *
     * @param addresses what stands behind the scheme: {@code host:port,host:port}
     * @param properties of the broker's own client: security, compression, whatever else
     * @throws IllegalArgumentException if it cannot work so, whatever the broker answers; the message says why
     */
    Connector open(String addresses, Map<String, String> properties);
}
