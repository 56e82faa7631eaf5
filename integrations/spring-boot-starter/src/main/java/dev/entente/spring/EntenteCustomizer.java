package dev.entente.spring;

import dev.entente.client.Entente;

/** A bean that changes the client before it is built, such as its credentials or policies. */
@FunctionalInterface
public interface EntenteCustomizer {
    /** Changes the builder, which has the properties already. */
    void customize(Entente.Builder builder);
}
