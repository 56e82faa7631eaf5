package dev.entente.spring;

import dev.entente.client.Entente;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the part of Actuator's info that tells of the coordinator and the SDK's version. */
final class EntenteInfo {
    private EntenteInfo() {}

    static Map<String, Object> of(EntenteProperties properties, @Nullable EntenteConnectionDetails connection) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("target", connection == null ? "none" : connection.target());
        String version = Entente.class.getPackage().getImplementationVersion();
        told.put("client", version == null ? "unknown" : version);
        told.put("relay", properties.outbox().relay().enabled());
        return told;
    }
}
