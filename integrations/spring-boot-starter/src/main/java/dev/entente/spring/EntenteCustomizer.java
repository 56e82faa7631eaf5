package dev.entente.spring;

import dev.entente.client.Entente;

/** A bean that changes the client before it is built: credentials of its own, policies. */
@FunctionalInterface
public interface EntenteCustomizer {
    /** Changes the builder, which has been given the properties. */
    void customize(Entente.Builder builder);
}
