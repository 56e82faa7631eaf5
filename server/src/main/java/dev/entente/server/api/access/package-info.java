/**
 * Access to the services: tokens and their roles, TLS, the caller of an RPC, what a submitter may see. It may use the
 * engine and the nouns. It must never know what a service does with a call. Open {@link
 * dev.entente.server.api.access.Authentication} first.
 */
@NullMarked
package dev.entente.server.api.access;

import org.jspecify.annotations.NullMarked;
