/**
 * Access to the services: tokens and their roles, TLS, the caller of an RPC, and the transactions that a submitter may
 * see. May use the engine and the core's data types. Must never know what a service does with a call. Read {@link
 * dev.entente.server.api.access.Authentication} first.
 */
@NullMarked
package dev.entente.server.api.access;

import org.jspecify.annotations.NullMarked;
