import { useEffect, useEffectEvent, useState } from 'react'

const TYPING_MS = 200

/** The text of a search field, and what sets it. `onChange` gets the text once typing has paused. */
export function useTypedText(
  value: string,
  onChange: (text: string) => void,
): readonly [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(value)
  const change = useEffectEvent(onChange)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return undefined
    const timer = setTimeout(() => change(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, value])
  return [text, setText]
}
