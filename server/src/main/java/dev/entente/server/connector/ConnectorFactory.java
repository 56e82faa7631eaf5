package dev.entente.server.connector;

import java.util.Map;

/** Opens connectors of one kind. {@link java.util.ServiceLoader} finds the factories. */
public interface ConnectorFactory {
    /** Returns the scheme of the participants' targets, before {@code ://}: {@code kafka}. */
    String scheme();

    /**
     * Opens a connector, without connecting yet.
     *
     * @param addresses the text after the scheme: {@code host:port,host:port}
     * @param properties of the broker's own client: security, compression and others
     * @throws IllegalArgumentException if the settings cannot work with any broker; the message states the reason
     */
    Connector open(String addresses, Map<String, String> properties);
}
