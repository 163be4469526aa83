import { expect, test } from 'vitest'
import { planConnections } from './plan-connections.ts'

const connections = { control: 1_000, data: 10_000, perAddress: 100 }

test('settings that fit stay as they are, with a limit or without one', () => {
  for (const openFiles of [undefined, 20_000]) {
    expect(planConnections({ connections, plane: 'both', workers: 4 }, openFiles)).toEqual({ connections })
  }
})

test('where they do not fit, each plane gets less, and both with everything else fit', () => {
  const planned = planConnections({ connections, plane: 'both', workers: 2 }, 1_024)
  const { control, data } = planned.connections
  expect(control + data).toBeLessThan(1_024 - 150)
  expect(control).toBeGreaterThan(50)
  expect(data).toBeGreaterThan(500)
  expect(planned.note).toBe(
    `The limit of 1024 open files leaves connections for ${control} control and ${data} data; raise it (ulimit -n, LimitNOFILE=) for more`,
  )
})

test('a plane that does not run takes nothing from the other', () => {
  const planned = planConnections({ connections, plane: 'control', workers: 1 }, 2_048)
  expect(planned).toEqual({ connections })
  expect(planConnections({ connections, plane: 'data', workers: 1 }, 2_048).note).toMatch(/ for \d+ data;/)
})

test('each plane has some connections, however few descriptors there are', () => {
  const { connections: planned } = planConnections({ connections, plane: 'both', workers: 1 }, 64)
  expect(planned).toMatchObject({ control: 16, data: 16 })
})
