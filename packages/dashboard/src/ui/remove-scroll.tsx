import { type ElementType, type HTMLAttributes, useEffect } from 'react'

interface RemoveScrollProps extends HTMLAttributes<HTMLElement> {
  readonly as?: ElementType
  readonly enabled?: boolean
  readonly allowPinchZoom?: boolean
  readonly shards?: unknown
}

let locks = 0

/** Keeps the page behind a dialog or a menu from scrolling: by a class, where `react-remove-scroll` prints a `<style>`. */
export function RemoveScroll({
  as: Element = 'div',
  enabled = true,
  allowPinchZoom: _,
  shards: __,
  ...rest
}: RemoveScrollProps) {
  useEffect(() => {
    if (!enabled) return undefined
    locks++
    toggle()
    return () => {
      locks--
      toggle()
    }
  }, [enabled])
  return <Element {...rest} />
}

RemoveScroll.classNames = { fullWidth: '', zeroRight: '' }

function toggle() {
  document.documentElement.classList.toggle('is-scroll-locked', locks > 0)
}
