/**
 * One life of a coordinator after another: its lease, its claims of rows that nobody works on, its engine. It may use
 * the engine. It must never touch a mailbox: the engine alone does. Open
 * {@link dev.entente.server.engine.incarnation.Coordinator} first.
 */
@NullMarked
package dev.entente.server.engine.incarnation;

import org.jspecify.annotations.NullMarked;
